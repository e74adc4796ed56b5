import type { Balances } from './events.ts'
import type { OperationState } from './operation-states.ts'
import type { Operation, PaymentBalances } from './state.ts'

export const NO_BALANCES: PaymentBalances = {
  authorizedMinor: 0n,
  capturingMinor: 0n,
  capturedMinor: 0n,
  refundingMinor: 0n,
  refundedMinor: 0n,
  voidedMinor: 0n,
}

/** Authorized, and neither captured, being captured nor given back. */
export function uncapturedMinor(balances: PaymentBalances): bigint {
  return balances.authorizedMinor - balances.capturedMinor - balances.capturingMinor - balances.voidedMinor
}

/** Captured or being captured, and neither refunded nor being refunded. */
export function refundableMinor(balances: PaymentBalances): bigint {
  return balances.capturedMinor + balances.capturingMinor - balances.refundedMinor - balances.refundingMinor
}

/** What the PSP must have booked once nothing is on its way: the baseline of a modification (design 5.4). */
export function baselineOf(balances: PaymentBalances): Balances {
  return {
    authorizedMinor: balances.authorizedMinor,
    capturedMinor: balances.capturedMinor + balances.capturingMinor,
    refundedMinor: balances.refundedMinor + balances.refundingMinor,
  }
}

/** True when no money of an approved charge is live any more. A refund that was only received may still fail. */
export function isSpent(balances: PaymentBalances): boolean {
  const { authorizedMinor, capturedMinor, capturingMinor, refundedMinor } = balances
  return (
    authorizedMinor > 0n &&
    uncapturedMinor(balances) === 0n &&
    capturedMinor + capturingMinor === refundedMinor
  )
}

/** The balances after an operation has moved to another state. */
export function balancesAfter(
  balances: PaymentBalances,
  operation: Operation,
  to: OperationState,
): PaymentBalances {
  const { amountMinor, state: from } = operation
  switch (operation.kind) {
    case 'sale':
    case 'authorize':
      if (to !== 'approved') return balances
      return {
        ...balances,
        authorizedMinor: balances.authorizedMinor + amountMinor,
        capturingMinor: balances.capturingMinor + (operation.kind === 'sale' ? amountMinor : 0n),
      }
    case 'capture': {
      const capturing = onTheWay(balances.capturingMinor, amountMinor, from, to)
      return {
        ...balances,
        capturingMinor: capturing,
        capturedMinor: balances.capturedMinor + booked(amountMinor, to),
      }
    }
    case 'refund': {
      const refunding = onTheWay(balances.refundingMinor, amountMinor, from, to)
      return {
        ...balances,
        refundingMinor: refunding,
        refundedMinor: balances.refundedMinor + booked(amountMinor, to),
      }
    }
    case 'void':
      return to === 'done'
        ? { ...balances, voidedMinor: balances.voidedMinor + uncapturedMinor(balances) }
        : balances
    case 'reversal':
      return to === 'done' ? undone(balances) : balances
    default:
      return operation.kind satisfies never
  }
}

/** Everything given back: what was captured is refunded, the rest is void. What was refunded had been captured. */
export function undone(balances: PaymentBalances): PaymentBalances {
  const { authorizedMinor, capturingMinor, refundedMinor } = balances
  const capturedMinor = balances.capturedMinor + (refundedMinor > 0n ? capturingMinor : 0n)
  return {
    ...balances,
    capturingMinor: 0n,
    capturedMinor,
    refundingMinor: 0n,
    refundedMinor: capturedMinor,
    voidedMinor: authorizedMinor - capturedMinor,
  }
}

/** The PSP has booked a capture that it had taken on with the charge. */
export function capturedNow(balances: PaymentBalances, amountMinor: bigint): PaymentBalances {
  const moved = amountMinor < balances.capturingMinor ? amountMinor : balances.capturingMinor
  return {
    ...balances,
    capturingMinor: balances.capturingMinor - moved,
    capturedMinor: balances.capturedMinor + moved,
  }
}

function onTheWay(sumMinor: bigint, amountMinor: bigint, from: OperationState, to: OperationState): bigint {
  if (to === 'accepted' && from !== 'accepted') return sumMinor + amountMinor
  if (from === 'accepted' && to !== 'accepted') return sumMinor - amountMinor
  return sumMinor
}

function booked(amountMinor: bigint, to: OperationState): bigint {
  return to === 'done' ? amountMinor : 0n
}
