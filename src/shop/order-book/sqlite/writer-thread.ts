import { extname } from 'node:path'
import { failure } from '../../../errors.ts'
import { AskedThread } from '../../../sqlite/asked-thread.ts'
import type { Booking, BookingVerdict } from '../../order-book.ts'
import type { FromWriter, ToWriter, WriterData } from './messages.ts'

/** Opening the file, one batch, closing it: beyond this the disk does not answer any more. */
const ANSWER_TIMEOUT_MS = 60_000

/** The thread of writer.ts as the main thread sees it. */
export class WriterThread {
  readonly #thread: AskedThread<ToWriter, FromWriter>

  constructor(path: string) {
    const workerData: WriterData = { path }
    const ended = (text: string, cause?: unknown): Error =>
      failure('CF_ORDER_BOOK_UNAVAILABLE', `${path}: ${text}; start this process again`, {}, cause)
    this.#thread = new AskedThread({
      // The file is .ts in the sources and .js in the package.
      entry: new URL(`./writer${extname(import.meta.url)}`, import.meta.url),
      workerData,
      endIn: (message) => (message.kind === 'ended' ? ended(message.text) : undefined),
      gone: (reason, cause) => ended(`its writer is gone: ${reason}`, cause),
    })
  }

  /** Why nothing can be written any more; undefined while it can. */
  get ended(): Error | undefined {
    return this.#thread.ended
  }

  async start(): Promise<void> {
    await this.#thread.started(ANSWER_TIMEOUT_MS)
  }

  /** @throws CF_ORDER_BOOK_UNAVAILABLE */
  async write(bookings: readonly Booking[]): Promise<readonly BookingVerdict[]> {
    const answer = await this.#ask({ kind: 'write', bookings })
    if (answer.kind !== 'written') throw new Error(`the writer said ${answer.kind} to a batch`)
    return answer.verdicts
  }

  async close(): Promise<void> {
    if (this.ended === undefined) await this.#ask({ kind: 'close' })
    await this.#thread.terminate()
  }

  async #ask(message: ToWriter): Promise<FromWriter> {
    const answer = await this.#thread.ask(message, ANSWER_TIMEOUT_MS)
    if (answer.kind === 'failed') throw failure('CF_ORDER_BOOK_UNAVAILABLE', answer.text)
    return answer
  }
}
