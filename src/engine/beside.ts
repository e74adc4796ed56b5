import type { Session } from './commit.ts'
import { OVER } from './deadline.ts'
import { type EngineNode, track } from './node.ts'

/**
 * Work on one payment that goes on beside its caller, so that a caller who fails or leaves takes nothing with them.
 * The caller waits until the work says what it came to, at most `waitMs`. What the work throws is logged, and left
 * to recovery.
 */
export async function beside(
  node: EngineNode,
  first: Session,
  waitMs: number,
  work: (answer: (session: Session) => void) => Promise<void>,
  release: () => void,
): Promise<Session> {
  const answered = new AbortController()
  let latest = first
  const answer = (session: Session): void => {
    latest = session
    answered.abort(OVER)
  }
  const task = async (): Promise<void> => {
    try {
      await work(answer)
    } finally {
      answered.abort(OVER)
      release()
    }
  }
  track(node, first.payment.paymentId, task())
  await node.world.sleep(waitMs, answered.signal)
  return latest
}

/** Keeps the timer away from a payment that this process is at work on; the answer lets it look again. */
export function keepBusy(node: EngineNode, paymentId: string): () => void {
  if (node.busy.has(paymentId)) return () => undefined
  node.busy.add(paymentId)
  return () => node.busy.delete(paymentId)
}
