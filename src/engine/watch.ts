import { CounterfoilError } from '../errors.ts'
import type { StoredPayment } from '../journal/journal.ts'
import type { PaymentView } from './api.ts'
import type { EngineNode } from './node.ts'
import { viewOf } from './views.ts'

/** What another process committed is seen by asking; what this one committed is seen at once. */
const POLL_MS = 1_000

/** Who waits for which payment in this process. */
export class Watchers {
  readonly #waiting = new Map<string, Set<AbortController>>()

  /** Wakes all who wait for the payment. */
  wake(paymentId: string): void {
    for (const waiting of this.#waiting.get(paymentId) ?? []) waiting.abort()
  }

  /** A signal that aborts at the payment's next commit here; `release` ends the wait. */
  wait(paymentId: string): { readonly signal: AbortSignal; readonly release: () => void } {
    const waiting = new AbortController()
    const all = this.#waiting.get(paymentId) ?? new Set()
    all.add(waiting)
    this.#waiting.set(paymentId, all)
    const release = (): void => {
      all.delete(waiting)
      if (all.size === 0 && this.#waiting.get(paymentId) === all) this.#waiting.delete(paymentId)
    }
    return { signal: waiting.signal, release }
  }
}

/** Undefined while the journal is away: whoever waits for a payment goes on waiting, and the heartbeat tells of it. */
async function readQuietly(
  node: EngineNode,
  paymentId: string,
): Promise<StoredPayment | 'unknown' | undefined> {
  try {
    return (await node.journal.read(paymentId)) ?? 'unknown'
  } catch (error) {
    if (error instanceof CounterfoilError && error.retry !== 'never') return undefined
    throw error
  }
}

/** The live feed of one payment: each version after `after`, until the signal aborts. Some may be skipped, never the last. */
export async function* watch(
  node: EngineNode,
  watchers: Watchers,
  paymentId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<PaymentView> {
  let seen = after
  while (!signal.aborted && node.duty.running) {
    const waiting = watchers.wait(paymentId)
    try {
      const stored = await readQuietly(node, paymentId)
      if (stored === 'unknown') return
      if (stored !== undefined && stored.version > seen) {
        seen = stored.version
        yield viewOf(stored, node)
        continue
      }
      await node.world.sleep(POLL_MS, AbortSignal.any([waiting.signal, signal]))
    } finally {
      waiting.release()
    }
  }
}
