import type { Balances, FactName } from './events.ts'
import type { OperationState } from './operation-states.ts'
import type { Operation, PaymentBalances } from './state.ts'

export const NO_BALANCES: PaymentBalances = {
  authorizedMinor: 0n,
  capturingMinor: 0n,
  capturedMinor: 0n,
  refundingMinor: 0n,
  refundedMinor: 0n,
  voidedMinor: 0n,
  chargedBackMinor: 0n,
}

/** Authorized, and neither captured, being captured nor given back. */
export function uncapturedMinor(balances: PaymentBalances): bigint {
  return balances.authorizedMinor - balances.capturedMinor - balances.capturingMinor - balances.voidedMinor
}

/** Captured or being captured, and neither given back nor on its way back, nor taken back by the payer's bank. */
export function refundableMinor(balances: PaymentBalances): bigint {
  const { capturedMinor, capturingMinor, refundedMinor, refundingMinor, chargedBackMinor } = balances
  return capturedMinor + capturingMinor - refundedMinor - refundingMinor - chargedBackMinor
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
  const { amountMinor } = operation
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
      const { wayMinor, bookedMinor } = moved(balances.capturingMinor, balances.capturedMinor, operation, to)
      return withoutExcess({ ...balances, capturingMinor: wayMinor, capturedMinor: bookedMinor })
    }
    case 'refund': {
      const { wayMinor, bookedMinor } = moved(balances.refundingMinor, balances.refundedMinor, operation, to)
      return withoutExcess({ ...balances, refundingMinor: wayMinor, refundedMinor: bookedMinor })
    }
    case 'void':
      return to === 'done'
        ? { ...balances, voidedMinor: balances.voidedMinor + uncapturedMinor(balances) }
        : balances
    case 'reversal':
      return to === 'done' ? withoutExcess(undone(balances)) : balances
    default:
      return operation.kind satisfies never
  }
}

/** What was refunded, or never captured, before the payer's bank took all that there was, it did not take: we only heard of it later. */
function withoutExcess(balances: PaymentBalances): PaymentBalances {
  const leftMinor = balances.capturedMinor + balances.capturingMinor - balances.refundedMinor
  return { ...balances, chargedBackMinor: least(balances.chargedBackMinor, leftMinor) }
}

/** Everything given back: what was captured is refunded, the rest is void. What was refunded had been captured. */
function undone(balances: PaymentBalances): PaymentBalances {
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

/** The balances after a fact: what the PSP, the payer's bank or somebody else has done to money later. */
export function balancesWith(
  balances: PaymentBalances,
  fact: FactName,
  amountMinor: bigint,
): PaymentBalances {
  return withoutExcess(movedBy(balances, fact, amountMinor))
}

function movedBy(balances: PaymentBalances, fact: FactName, amountMinor: bigint): PaymentBalances {
  const { capturedMinor, refundedMinor, chargedBackMinor } = balances
  switch (fact) {
    case 'captured':
      return capturedNow(balances, amountMinor)
    case 'voided-elsewhere':
      return undone(balances)
    case 'expired': {
      // What was given back had been captured.
      const keptMinor = refundedMinor > capturedMinor ? refundedMinor : capturedMinor
      const voidedMinor = balances.authorizedMinor - keptMinor
      return { ...balances, capturedMinor: keptMinor, capturingMinor: 0n, voidedMinor }
    }
    case 'refunded-elsewhere':
      return refunded(balances, amountMinor)
    case 'captured-elsewhere':
      return { ...balances, capturedMinor: capturedMinor + least(amountMinor, uncapturedMinor(balances)) }
    case 'capture-failed':
      return uncaptured(balances, amountMinor)
    case 'refund-failed':
      return { ...balances, refundedMinor: refundedMinor - least(amountMinor, refundedMinor) }
    case 'charged-back':
      return { ...balances, chargedBackMinor: chargedBackMinor + amountMinor }
    case 'chargeback-reversed':
      return { ...balances, chargedBackMinor: chargedBackMinor - least(amountMinor, chargedBackMinor) }
    case 'approved-late':
    case 'contradicted':
      return balances
    default:
      return fact satisfies never
  }
}

/** What was given back had been captured. */
function refunded(balances: PaymentBalances, amountMinor: bigint): PaymentBalances {
  const takenMinor = balances.capturedMinor + balances.capturingMinor
  const refundedMinor = least(balances.refundedMinor + amountMinor, takenMinor)
  const capturedMinor = refundedMinor > balances.capturedMinor ? refundedMinor : balances.capturedMinor
  return { ...balances, capturedMinor, capturingMinor: takenMinor - capturedMinor, refundedMinor }
}

/** A capture that failed after all: what it had taken, or was to take, is authorized only. */
function uncaptured(balances: PaymentBalances, amountMinor: bigint): PaymentBalances {
  const onTheWayMinor = least(amountMinor, balances.capturingMinor)
  const bookedMinor = least(amountMinor - onTheWayMinor, balances.capturedMinor)
  return {
    ...balances,
    capturingMinor: balances.capturingMinor - onTheWayMinor,
    capturedMinor: balances.capturedMinor - bookedMinor,
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** The PSP has booked a capture that it had taken on with the charge. */
function capturedNow(balances: PaymentBalances, amountMinor: bigint): PaymentBalances {
  const moved = amountMinor < balances.capturingMinor ? amountMinor : balances.capturingMinor
  return {
    ...balances,
    capturingMinor: balances.capturingMinor - moved,
    capturedMinor: balances.capturedMinor + moved,
  }
}

/**
 * What is on its way and what is booked, once a capture or refund has moved to another state. A fact told meanwhile may
 * have taken some of it off the way already: what was refunded elsewhere had been captured.
 */
function moved(
  wayMinor: bigint,
  bookedMinor: bigint,
  { amountMinor, state: from }: Operation,
  to: OperationState,
): { readonly wayMinor: bigint; readonly bookedMinor: bigint } {
  const isOnTheWay = from === 'accepted'
  if (to === 'accepted') return { wayMinor: isOnTheWay ? wayMinor : wayMinor + amountMinor, bookedMinor }
  const leftMinor = isOnTheWay ? least(amountMinor, wayMinor) : 0n
  const arrivedMinor = isOnTheWay ? leftMinor : amountMinor
  return {
    wayMinor: wayMinor - leftMinor,
    bookedMinor: to === 'done' ? bookedMinor + arrivedMinor : bookedMinor,
  }
}
