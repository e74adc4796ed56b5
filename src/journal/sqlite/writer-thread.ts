import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { failure, reasonOf } from '../../errors.ts'
import type { FromWriter, ToWriter, WriterData } from './messages.ts'
import type { WriteOperation, WriteResult, Writer } from './operation.ts'

/** Opening the file in the thread, and recovering a long log, is done within this. */
const START_TIMEOUT_MS = 60_000
/** The last batch and the last checkpoint are done within this, or the disk does not answer any more. */
const CLOSE_TIMEOUT_MS = 60_000

export interface WriterThreadOptions extends WriterData {
  /** Called when the disk failed, and this process must not go on (F10). */
  readonly onFatal: (text: string) => void
}

interface Pending {
  readonly resolve: (message: FromWriter) => void
  readonly reject: (error: Error) => void
}

/** Starts the thread of writer.ts; it is ready when the promise resolves. */
export async function startWriterThread(options: WriterThreadOptions): Promise<Writer> {
  const thread = new WriterThread(options)
  await thread.start()
  return thread
}

class WriterThread implements Writer {
  readonly #path: string
  readonly #onFatal: (text: string) => void
  readonly #worker: Worker
  /** The thread answers one message at a time; its start counts as the first. */
  #pending: Pending | undefined
  /** Why there is no thread any more. */
  #ended: Error | undefined

  constructor({ path, reserveBytes, onFatal }: WriterThreadOptions) {
    this.#path = path
    this.#onFatal = onFatal
    const workerData: WriterData = { path, reserveBytes }
    // The file is .ts in the sources and .js in the package.
    const entry = new URL(`./writer${extname(import.meta.url)}`, import.meta.url)
    // No arguments of the main script: a worker refuses some, and needs no condition, as all its imports are relative.
    this.#worker = new Worker(entry, { workerData, execArgv: [] })
    this.#worker.on('message', (message: FromWriter) => this.#receive(message))
    this.#worker.on('error', (error) => this.#end(this.#unavailable(reasonOf(error), error)))
    this.#worker.on('exit', (code) => this.#end(this.#unavailable(`it ended with code ${code}`)))
  }

  async start(): Promise<void> {
    await this.#expect('ready', START_TIMEOUT_MS)
  }

  async write(operations: readonly WriteOperation[]): Promise<readonly WriteResult[]> {
    const answer = this.#expect('written')
    this.#send({ kind: 'write', operations })
    return (await answer).results
  }

  async close(): Promise<void> {
    const answer = this.#expect('closed', CLOSE_TIMEOUT_MS)
    this.#send({ kind: 'close' })
    await answer
    await this.#worker.terminate()
  }

  #send(message: ToWriter): void {
    if (this.#ended !== undefined) return
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window and has no origin
    this.#worker.postMessage(message)
  }

  /** Waits for the answer. The process stays alive for it, and not for an idle journal. */
  #expect<Kind extends FromWriter['kind']>(
    kind: Kind,
    timeoutMs?: number,
  ): Promise<Extract<FromWriter, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      if (this.#pending !== undefined) return reject(new Error('the writer is asked one thing at a time'))
      const timeout = timeoutMs === undefined ? undefined : this.#giveUpAfter(timeoutMs)
      const settle = (run: () => void): void => {
        clearTimeout(timeout)
        this.#worker.unref()
        run()
      }
      this.#worker.ref()
      this.#pending = {
        resolve: (message) =>
          settle(() => {
            if (message.kind === kind) resolve(message as Extract<FromWriter, { kind: Kind }>)
            else reject(new Error(`the writer said ${message.kind} where ${kind} was expected`))
          }),
        reject: (error) => settle(() => reject(error)),
      }
    })
  }

  #giveUpAfter(timeoutMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#end(this.#unavailable(`it gave no answer for ${timeoutMs} ms`))
      // A thread inside a system call ends when that returns; nobody waits for it here.
      void this.#worker.terminate()
    }, timeoutMs)
  }

  #receive(message: FromWriter): void {
    if (message.kind === 'not-started') return this.#end(failure(message.code, message.text))
    if (message.kind === 'disk-failed') {
      this.#end(failure('CF_JOURNAL_UNAVAILABLE', message.text))
      this.#onFatal(message.text)
      return
    }
    const pending = this.#pending
    this.#pending = undefined
    pending?.resolve(message)
  }

  #end(error: Error): void {
    this.#ended ??= error
    const pending = this.#pending
    this.#pending = undefined
    pending?.reject(error)
  }

  #unavailable(reason: string, cause?: unknown): Error {
    const text = `the writer of ${this.#path} is gone: ${reason}; start this process again`
    return failure('CF_JOURNAL_UNAVAILABLE', text, {}, cause)
  }
}
