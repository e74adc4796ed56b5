import type { LedgerOrder } from '../demo/shop-process.ts'
import { isCharge, type Operation, type Payment } from '../src/payment/state.ts'
import { isReversed } from '../src/payment/status.ts'
import { isLeftToPerson } from './at-rest.ts'

/** An executed request whose answer the journal does not reflect, or the reverse. */
export interface LostAnswer {
  readonly reference: string
  readonly orderId: string
  readonly journal: string
  readonly ledger: string
}

/**
 * Compares charge by charge what stands in the provider's ledger with what the journal says of it: money that is live there
 * and not here, or here and not there, and charges there of which nothing was ever written down here (S2 to S4).
 */
export function lostAnswers(
  payments: readonly Payment[],
  ledger: readonly LedgerOrder[],
): readonly LostAnswer[] {
  const there = new Map(ledger.map((order) => [order.orderCode, order]))
  const known = new Set(payments.flatMap(({ operations }) => operations.map(({ reference }) => reference)))
  const unknown = ledger
    .filter(({ orderCode }) => !known.has(orderCode))
    .map(({ orderCode, executions }) => ({
      reference: orderCode,
      orderId: '',
      journal: 'unknown',
      ledger: `${executions} executed`,
    }))
  const wrong = payments.flatMap((payment) =>
    (isLeftToPerson(payment) ? [] : payment.operations)
      .filter((operation) => isCharge(operation))
      .flatMap((charge) => {
        const liveMinor = BigInt(there.get(charge.reference)?.liveMinor ?? '0')
        const expectedMinor = liveByJournal(payment, charge)
        if (expectedMinor === undefined || liveMinor === expectedMinor) return []
        return [
          {
            reference: charge.reference,
            orderId: payment.orderId,
            journal: `${charge.state}, ${expectedMinor} live`,
            ledger: `${there.get(charge.reference)?.executions ?? 0} executed, ${liveMinor} live`,
          },
        ]
      }),
  )
  return [...unknown, ...wrong]
}

/** Undefined where the journal itself says that it does not know, which is a case. */
function liveByJournal(payment: Payment, charge: Operation): bigint | undefined {
  switch (charge.state) {
    case 'approved': {
      if (isReversed(payment, charge)) return 0n
      const { authorizedMinor, voidedMinor, refundedMinor, refundingMinor, chargedBackMinor } =
        payment.balances
      return authorizedMinor - voidedMinor - refundedMinor - refundingMinor - chargedBackMinor
    }
    case 'declined':
    case 'not-sent':
    case 'invalid':
    case 'abandoned':
    case 'failed':
    case 'not-seen':
    case 'done':
      return 0n
    case 'mismatch':
      return isReversed(payment, charge) ? 0n : undefined
    case 'intended':
    case 'challenged':
    case 'awaiting-payer':
    case 'pending':
    case 'awaiting-ack':
    case 'accepted':
      return undefined
    default:
      return charge.state satisfies never
  }
}
