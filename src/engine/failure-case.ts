import { reasonOf } from '../errors.ts'
import { maskCardNumbers } from '../gateway/card.ts'
import type { Payment } from '../payment/state.ts'
import { newId } from '../world.ts'
import { commit, load } from './commit.ts'
import type { EngineNode } from './node.ts'
import { sayOnce } from './say-once.ts'

/** What a case of the reason `recovery-failed` is to say. */
export interface Failure {
  readonly text: string
  /** The operation that it is about, where it is about one alone. */
  readonly reference?: string
  /** Where the case has an id of its own: then it is opened once, and not again when it was closed. */
  readonly caseId?: string
}

/**
 * Opens a case for what this process cannot get done; several nodes open one. Answers whether a case tells of it: what
 * cannot be written or even read has only the log to speak of it, which says so once.
 */
export async function openFailureCase(
  node: EngineNode,
  paymentId: string,
  { text, reference, caseId }: Failure,
): Promise<boolean> {
  try {
    const session = await load(node, paymentId)
    if (session === undefined) return false
    if (isTold(session.payment, caseId)) return true
    const opened = {
      type: 'case-opened',
      caseId: caseId ?? newId(node.world),
      reason: 'recovery-failed',
      ...(reference === undefined ? {} : { reference }),
      text: maskCardNumbers(text),
      atMs: node.world.nowMs(),
    } as const
    return (await commit(node, session, [opened], undefined)).kind === 'committed'
  } catch (failed) {
    sayOnce(node, {
      level: 'error',
      message: `it could not be made a case: ${reasonOf(failed)}`,
      paymentId,
    })
    return false
  }
}

function isTold({ cases }: Payment, caseId: string | undefined): boolean {
  if (caseId !== undefined) return cases.some((one) => one.caseId === caseId)
  return cases.some(({ reason, closed }) => reason === 'recovery-failed' && closed === undefined)
}
