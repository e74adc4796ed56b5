import { extname } from 'node:path'
import { failure } from '../../errors.ts'
import { AskedThread } from '../../sqlite/asked-thread.ts'
import type { FromWriter, ToWriter, WriterData } from './messages.ts'
import type { Writer } from './operation.ts'

/** Opening the file in the thread, and recovering a long log, is done within this. */
const START_TIMEOUT_MS = 60_000
/** The last batch and the last checkpoint are done within this, or the disk does not answer any more. */
const CLOSE_TIMEOUT_MS = 60_000

export interface WriterThreadOptions extends WriterData {
  /** Called when the disk failed, and this process must not go on (F10). */
  readonly onFatal: (text: string) => void
}

/** Starts the thread of writer.ts; it is ready when the promise resolves. */
export async function startWriterThread({
  path,
  reserveBytes,
  onFatal,
}: WriterThreadOptions): Promise<Writer> {
  const workerData: WriterData = { path, reserveBytes }
  const thread = new AskedThread<ToWriter, FromWriter>({
    // The file is .ts in the sources and .js in the package.
    entry: new URL(`./writer${extname(import.meta.url)}`, import.meta.url),
    workerData,
    endIn: (message) => {
      if (message.kind === 'not-started') return failure(message.code, message.text)
      if (message.kind !== 'disk-failed') return undefined
      onFatal(message.text)
      return failure('CF_JOURNAL_UNAVAILABLE', message.text)
    },
    gone: (reason, cause) => {
      const text = `the writer of ${path} is gone: ${reason}; start this process again`
      return failure('CF_JOURNAL_UNAVAILABLE', text, {}, cause)
    },
  })
  await thread.started(START_TIMEOUT_MS)
  return {
    async write(operations) {
      const answer = await thread.ask({ kind: 'write', operations })
      if (answer.kind !== 'written') throw new Error(`the writer said ${answer.kind} to a batch`)
      return answer.results
    },
    async close() {
      await thread.ask({ kind: 'close' }, CLOSE_TIMEOUT_MS)
      await thread.terminate()
    },
  }
}
