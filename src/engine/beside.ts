import type { Session } from './commit.ts'
import { type EngineNode, track } from './node.ts'

/**
 * Work on one payment that goes on beside its caller, so that a caller who fails or leaves takes nothing with them.
 * The caller waits until the work says what it came to, at most `waitMs`. What the work throws is logged, and left
 * to recovery.
 */
export function beside(
  node: EngineNode,
  first: Session,
  waitMs: number,
  work: (answer: (session: Session) => void) => Promise<void>,
  release: () => void,
): Promise<Session> {
  return new Promise((resolve) => {
    const stop = node.world.timer(waitMs, () => resolve(first))
    const answer = (session: Session): void => {
      stop()
      resolve(session)
    }
    const task = async (): Promise<void> => {
      try {
        await work(answer)
      } finally {
        // The first answer counts: this one is for work that came to none.
        answer(first)
        release()
      }
    }
    track(node, first.payment.paymentId, task())
  })
}

/** Keeps the timer away from a payment that this process is at work on; the answer lets it look again. */
export function keepBusy(node: EngineNode, paymentId: string): () => void {
  if (node.busy.has(paymentId)) return () => undefined
  node.busy.add(paymentId)
  return () => node.busy.delete(paymentId)
}
