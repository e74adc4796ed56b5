import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { failure, reasonOf } from '../../../errors.ts'
import type { Booking, BookingVerdict } from '../../order-book.ts'
import type { FromWriter, ToWriter, WriterData } from './messages.ts'

/** Opening the file, one batch, closing it: beyond this the disk does not answer any more. */
const ANSWER_TIMEOUT_MS = 60_000

interface Pending {
  readonly resolve: (message: FromWriter) => void
  readonly reject: (error: Error) => void
}

/** The thread of writer.ts as the main thread sees it. It is asked one thing at a time. */
export class WriterThread {
  readonly #path: string
  readonly #worker: Worker
  #pending: Pending | undefined
  /** Why there is no thread any more. */
  #ended: Error | undefined

  constructor(path: string) {
    this.#path = path
    const workerData: WriterData = { path }
    // The file is .ts in the sources and .js in the package.
    const entry = new URL(`./writer${extname(import.meta.url)}`, import.meta.url)
    // No arguments of the main script: a worker refuses some, and needs no condition, as all its imports are relative.
    this.#worker = new Worker(entry, { workerData, execArgv: [] })
    this.#worker.on('message', (message: FromWriter) => this.#receive(message))
    this.#worker.on('error', (error) => this.#end(reasonOf(error)))
    this.#worker.on('exit', (code) => this.#end(`its writer ended with code ${code}`))
  }

  /** Why nothing can be written any more; undefined while it can. */
  get ended(): Error | undefined {
    return this.#ended
  }

  async start(): Promise<void> {
    await this.#expect('ready')
  }

  /** @throws CF_ORDER_BOOK_UNAVAILABLE */
  async write(bookings: readonly Booking[]): Promise<readonly BookingVerdict[]> {
    const answer = this.#expect('written')
    this.#send({ kind: 'write', bookings })
    return (await answer).verdicts
  }

  async close(): Promise<void> {
    if (this.#ended === undefined) {
      const answer = this.#expect('closed')
      this.#send({ kind: 'close' })
      await answer
    }
    await this.#worker.terminate()
  }

  #send(message: ToWriter): void {
    if (this.#ended !== undefined) return
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window and has no origin
    this.#worker.postMessage(message)
  }

  /** Waits for the answer. The process stays alive for it, and not for an idle book. */
  #expect<Kind extends FromWriter['kind']>(kind: Kind): Promise<Extract<FromWriter, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      if (this.#pending !== undefined) return reject(new Error('the writer is asked one thing at a time'))
      const timeout = setTimeout(() => {
        this.#end(`its writer gave no answer for ${ANSWER_TIMEOUT_MS} ms`)
        // A thread inside a system call ends when that returns; nobody waits for it here.
        void this.#worker.terminate()
      }, ANSWER_TIMEOUT_MS)
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
            else if (message.kind === 'failed') reject(failure('CF_ORDER_BOOK_UNAVAILABLE', message.text))
            else reject(new Error(`the writer said ${message.kind} where ${kind} was expected`))
          }),
        reject: (error) => settle(() => reject(error)),
      }
    })
  }

  #receive(message: FromWriter): void {
    if (message.kind === 'ended') return this.#end(message.text)
    const pending = this.#pending
    this.#pending = undefined
    pending?.resolve(message)
  }

  #end(text: string): void {
    this.#ended ??= failure('CF_ORDER_BOOK_UNAVAILABLE', `${this.#path}: ${text}; start this process again`)
    const pending = this.#pending
    this.#pending = undefined
    pending?.reject(this.#ended)
  }
}
