import { isBooking } from './case-actions.ts'
import { isAnswered } from './conclude-ended-charge.ts'
import type { Circumstances } from './decision.ts'
import { closedByEvidence } from './draft.ts'
import type { PaymentEvent } from './events.ts'
import { fold } from './evolve.ts'
import type { Finding } from './finding.ts'
import { isEnd } from './operation-states.ts'
import { type Case, isCharge, operationOf, type Payment } from './state.ts'

/**
 * A case is something that a person must decide: one about a doubt is over as soon as evidence has ended the doubt,
 * and is closed in the same append. What the evidence has brought about and a person must see, such as a reversal of
 * what came too late, is a case of its own. What people have ended by their word they close themselves.
 */
export function casesOver(
  before: Payment,
  reference: string,
  list: readonly PaymentEvent[],
  finding: Finding,
  { nowMs }: Circumstances,
): readonly PaymentEvent[] {
  if (finding.evidence.source === 'person') return []
  const open = before.cases.filter(({ reason, closed }) => closed === undefined && OF_DOUBT.has(reason))
  if (open.length === 0) return []
  const after = fold(before, list)
  return open
    .filter(
      (one) => isOver(before, after, one) || (one.reference === reference && isHeardOf(before, one, finding)),
    )
    .map((one) => closedByEvidence(one, finding.evidence, nowMs))
}

/** A repeated reference, a wrong amount and a contradiction have causes that a person must find, however they ended. */
const OF_DOUBT: ReadonlySet<string> = new Set([
  'doubt-unresolved',
  'cautious-word',
  'reversal-unresolved',
  'modification-unresolved',
])

function isOver(before: Payment, after: Payment, one: Case): boolean {
  const was = operationOf(before, one.reference ?? '')
  const is = operationOf(after, one.reference ?? '')
  if (was === undefined || is === undefined) return false
  if (isBooking(before, one, was)) return !isBooking(after, one, is)
  const ends = !isEnd(was.state) && isEnd(is.state)
  // Nothing happened: somebody has to ask for it again.
  const isToDo = one.reason === 'modification-unresolved' && is.state !== 'done'
  return ends && !isToDo
}

/** What was hinted at of a charge that had ended before is answered now. */
function isHeardOf(before: Payment, { reason, reference = '' }: Case, finding: Finding): boolean {
  const operation = operationOf(before, reference)
  if (reason !== 'doubt-unresolved' || operation === undefined || !isEnd(operation.state)) return false
  return isCharge(operation) && finding.evidence.source === 'inquiry' && isAnswered(operation, finding)
}
