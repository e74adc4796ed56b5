import { reasonOf } from '../errors.ts'

export type WatchListener = (paymentId: string, version: number) => void

/** Who wants to know of commits that this process made. */
export class Watchers {
  readonly #listeners = new Set<{ readonly call: WatchListener }>()

  /** The answer ends it. The same function may be added twice and is then called twice. */
  add(listener: WatchListener): () => void {
    const entry = { call: listener }
    this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
    }
  }

  /** A listener that throws must not turn a commit into a failure, nor keep the others from knowing. */
  tell(paymentId: string, version: number): void {
    for (const { call } of this.#listeners) {
      try {
        call(paymentId, version)
      } catch (error) {
        process.emitWarning(`a listener of the journal threw: ${reasonOf(error)}`, 'CounterfoilWarning')
      }
    }
  }
}
