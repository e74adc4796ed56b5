import { casesOver } from './cases-over.ts'
import { concludeCharge } from './conclude-charge.ts'
import { concludeModification } from './conclude-modification.ts'
import { concludeReversal } from './conclude-reversal.ts'
import type { Circumstances, Decision } from './decision.ts'
import type { Finding } from './finding.ts'
import { type Operation, operationOf, type Payment } from './state.ts'

/**
 * The one place where evidence becomes events: whatever was answered, asked or failed to be sent, for whatever
 * operation, passes here. Pure: the same payment, finding and circumstances give the same decision.
 */
export function conclude(
  payment: Payment,
  reference: string,
  finding: Finding,
  now: Circumstances,
): Decision {
  const operation = operationOf(payment, reference)
  if (operation === undefined) throw new Error(`payment ${payment.paymentId} has no operation ${reference}`)
  const decision = concludeOf(payment, operation, finding, now)
  if (decision.kind === 'refused') return decision
  const over = casesOver(payment, reference, decision.events, finding, now)
  return over.length === 0 ? decision : { ...decision, events: [...decision.events, ...over] }
}

function concludeOf(payment: Payment, operation: Operation, finding: Finding, now: Circumstances): Decision {
  switch (operation.kind) {
    case 'sale':
    case 'authorize':
      return concludeCharge(payment, operation, finding, now)
    case 'capture':
    case 'void':
    case 'refund':
      return concludeModification(payment, operation, finding, now)
    case 'reversal':
      return concludeReversal(payment, operation, finding, now)
    default:
      return operation.kind satisfies never
  }
}
