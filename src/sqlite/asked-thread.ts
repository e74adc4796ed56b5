import { Worker } from 'node:worker_threads'
import { reasonOf } from '../errors.ts'

export interface AskedThreadParts<From> {
  /** The file that the thread runs. */
  readonly entry: URL
  readonly workerData: unknown
  /** The error that a message ends the thread with; undefined for an answer. */
  readonly endIn: (message: From) => Error | undefined
  /** The error of a thread that has gone without a word. */
  readonly gone: (reason: string, cause?: unknown) => Error
}

interface Pending<From> {
  readonly resolve: (message: From) => void
  readonly reject: (error: Error) => void
}

/** A worker thread that is asked one thing at a time; its start counts as the first. Once it has ended it stays so. */
export class AskedThread<To, From> {
  readonly #worker: Worker
  readonly #parts: AskedThreadParts<From>
  #pending: Pending<From> | undefined
  #ended: Error | undefined

  constructor(parts: AskedThreadParts<From>) {
    this.#parts = parts
    const { entry, workerData, gone } = parts
    // No arguments of the main script: a worker refuses some, and needs no condition, as all its imports are relative.
    this.#worker = new Worker(entry, { workerData, execArgv: [] })
    this.#worker.on('message', (message: From) => this.#receive(message))
    this.#worker.on('error', (error) => this.#end(gone(reasonOf(error), error)))
    this.#worker.on('exit', (code) => this.#end(gone(`it ended with code ${code}`)))
  }

  /** Why there is no thread any more; undefined while it answers. */
  get ended(): Error | undefined {
    return this.#ended
  }

  /** What it says when it has started. Without an answer within `timeoutMs` it is taken to have ended. */
  started(timeoutMs: number): Promise<From> {
    return this.#answer(timeoutMs)
  }

  /** Its answer. Without `timeoutMs` it may take as long as it takes. */
  ask(message: To, timeoutMs?: number): Promise<From> {
    const answer = this.#answer(timeoutMs)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window and has no origin
    if (this.#ended === undefined) this.#worker.postMessage(message)
    return answer
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  /** Waits for the answer. The process stays alive for it, and not for a thread that has nothing to do. */
  #answer(timeoutMs?: number): Promise<From> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      if (this.#pending !== undefined) return reject(new Error('the thread is asked one thing at a time'))
      const timeout = timeoutMs === undefined ? undefined : this.#giveUpAfter(timeoutMs)
      const settle = (): void => {
        clearTimeout(timeout)
        this.#worker.unref()
      }
      this.#worker.ref()
      this.#pending = {
        resolve: (message) => {
          settle()
          resolve(message)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      }
    })
  }

  #giveUpAfter(timeoutMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#end(this.#parts.gone(`it gave no answer for ${timeoutMs} ms`))
      // A thread inside a system call ends when that returns; nobody waits for it here.
      void this.#worker.terminate()
    }, timeoutMs)
  }

  #receive(message: From): void {
    const end = this.#parts.endIn(message)
    if (end !== undefined) {
      this.#end(end)
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
}
