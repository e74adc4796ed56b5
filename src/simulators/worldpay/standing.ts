import type { Charge, Modification } from './state.ts'

/** Something that really happened to money, or was really refused. */
export interface Booking {
  readonly kind:
    | 'sent-for-authorisation'
    | 'authorised'
    | 'refused'
    | 'error'
    | 'captured'
    | 'cancelled'
    | 'refunded'
    | 'capture-failed'
    | 'cancel-failed'
    | 'refund-failed'
    /** A capture that was booked, and failed later. */
    | 'capture-undone'
    | 'charged-back'
    | 'chargeback-reversed'
    | 'expired'
  /** Minor units. */
  readonly amountMinor: bigint
  readonly atMs: number
  readonly reference?: string
}

/** How a charge stands at one moment. Amounts in minor units. */
export interface Standing {
  readonly lastEvent: string
  /** Authorized, and neither captured nor cancelled nor expired. */
  readonly authorisedMinor: bigint
  /** All that was ever captured, less what failed later. */
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
  readonly cancelledMinor: bigint
  readonly expiredMinor: bigint
  /** Taken back by the payer's bank, less what was won again. */
  readonly chargedBackMinor: bigint
  /** Received by the merchant's word, not yet booked. */
  readonly pendingCaptureMinor: bigint
  readonly pendingRefundMinor: bigint
  readonly pendingCancel: boolean
  /** Modifications that were received and have not taken effect, the automatic capture and an open outcome included. */
  readonly pending: number
  readonly lastChangeMs: number
  readonly bookings: readonly Booking[]
}

/**
 * How the charge stood at `atMs`: what was received later is not seen, what takes effect later is pending.
 *
 *   SENT_FOR_AUTHORISATION --> AUTHORISED, or REFUSED (alternative methods)
 *
 *   AUTHORISED --capture--> CAPTURED --refund--> SENT_FOR_REFUND --> REFUNDED
 *        |  |                 |  '--(fails, at once or later)--> CAPTURE_FAILED   '--(fails)--> REFUND_FAILED
 *        |  |                 '--the payer's bank--> CHARGED_BACK --the merchant wins--> CHARGEBACK_REVERSED
 *        |  '--cancel--> CANCELLED
 *        '--not captured in time--> EXPIRED
 *
 * Nothing in the state changes with time alone, so a stale view is this with an earlier `atMs`. A modification whose
 * receipt was given can find, when its time comes, that it is no longer possible: then it fails, as at the PSP.
 */
export function standingOf(charge: Charge, atMs: number): Standing {
  const amountMinor = BigInt(charge.amountMinor)
  const bookings = outcomeBookings(charge, amountMinor, atMs)
  if (isUndecided(charge, atMs)) return untouched(0n, 'SENT_FOR_AUTHORISATION', bookings, 1)
  if (charge.outcome !== 'AUTHORISED') return untouched(0n, charge.outcome, bookings, 0)
  if (charge.modifications.length === 0) return untouched(amountMinor, 'AUTHORISED', bookings, 0)
  const fold = new Fold(amountMinor, bookings)
  for (const modification of charge.modifications) {
    if (modification.receivedMs > atMs) continue
    if (modification.effectMs > atMs) fold.wait(modification)
    else fold.apply(modification)
  }
  return fold.standing()
}

/** True while the method's own bank has not said how it ends. */
export function isUndecided(charge: Charge, atMs: number): boolean {
  return charge.decidedMs !== undefined && charge.decidedMs > atMs
}

function outcomeBookings(charge: Charge, amountMinor: bigint, atMs: number): Booking[] {
  const kind =
    charge.outcome === 'AUTHORISED' ? 'authorised' : charge.outcome === 'REFUSED' ? 'refused' : 'error'
  if (charge.decidedMs === undefined) return [{ kind, amountMinor, atMs: charge.receivedMs }]
  const sent: Booking = { kind: 'sent-for-authorisation', amountMinor, atMs: charge.receivedMs }
  return charge.decidedMs > atMs ? [sent] : [sent, { kind, amountMinor, atMs: charge.decidedMs }]
}

function untouched(
  authorisedMinor: bigint,
  lastEvent: string,
  bookings: readonly Booking[],
  pending: number,
): Standing {
  return {
    lastEvent,
    authorisedMinor,
    capturedMinor: 0n,
    refundedMinor: 0n,
    cancelledMinor: 0n,
    expiredMinor: 0n,
    chargedBackMinor: 0n,
    pendingCaptureMinor: 0n,
    pendingRefundMinor: 0n,
    pendingCancel: false,
    pending,
    lastChangeMs: bookings.at(-1)?.atMs ?? 0,
    bookings,
  }
}

/** Captured, and neither refunded nor charged back, nor about to be refunded. */
export function refundableMinor(standing: Standing): bigint {
  const { capturedMinor, refundedMinor, chargedBackMinor, pendingRefundMinor } = standing
  return capturedMinor - refundedMinor - chargedBackMinor - pendingRefundMinor
}

class Fold {
  #lastEvent = 'AUTHORISED'
  #authorisedMinor: bigint
  #capturedMinor = 0n
  #refundedMinor = 0n
  #cancelledMinor = 0n
  #expiredMinor = 0n
  #chargedBackMinor = 0n
  #pendingCaptureMinor = 0n
  #pendingRefundMinor = 0n
  #pendingCancel = false
  #pending = 0
  #lastChangeMs: number
  readonly #bookings: Booking[]

  constructor(amountMinor: bigint, bookings: Booking[]) {
    this.#authorisedMinor = amountMinor
    this.#lastChangeMs = bookings.at(-1)?.atMs ?? 0
    this.#bookings = bookings
  }

  get #keptMinor(): bigint {
    return this.#capturedMinor - this.#refundedMinor - this.#chargedBackMinor
  }

  /** The receipt was given, the effect is still to come. */
  wait(modification: Modification): void {
    this.#pending++
    if (modification.automatic) return
    switch (modification.kind) {
      case 'capture':
        this.#pendingCaptureMinor += BigInt(modification.amountMinor ?? '0')
        return
      case 'cancel':
        this.#pendingCancel = true
        return
      case 'refund':
        this.#refundSent(modification, BigInt(modification.amountMinor ?? '0'))
        return
      case 'cancelOrRefund': {
        this.#pendingCancel = true
        const restMinor = this.#keptMinor - this.#pendingRefundMinor
        if (restMinor > 0n) this.#refundSent(modification, restMinor)
        return
      }
      // What the back office does to money is done at once.
      case 'fail-capture':
      case 'charge-back':
      case 'reverse-charge-back':
      case 'expire':
        return
      default:
        modification.kind satisfies never
    }
  }

  apply(modification: Modification): void {
    const amountMinor = modification.amountMinor === undefined ? undefined : BigInt(modification.amountMinor)
    switch (modification.kind) {
      case 'capture':
        return this.#capture(modification, amountMinor ?? this.#authorisedMinor)
      case 'cancel':
        return this.#cancel(modification, amountMinor ?? this.#authorisedMinor)
      case 'refund':
        return this.#refund(modification, amountMinor ?? this.#keptMinor)
      case 'cancelOrRefund': {
        const restMinor = this.#keptMinor
        if (restMinor > 0n) this.#refund(modification, restMinor)
        if (this.#authorisedMinor > 0n) this.#release(modification, this.#authorisedMinor)
        return
      }
      case 'fail-capture':
        return this.#undoCapture(modification, amountMinor ?? this.#keptMinor)
      case 'charge-back':
        return this.#chargeBack(modification, amountMinor ?? this.#keptMinor)
      case 'reverse-charge-back':
        return this.#reverseChargeback(modification, amountMinor ?? this.#chargedBackMinor)
      case 'expire':
        return this.#expire(modification)
      default:
        modification.kind satisfies never
    }
  }

  standing(): Standing {
    return {
      lastEvent: this.#lastEvent,
      authorisedMinor: this.#authorisedMinor,
      capturedMinor: this.#capturedMinor,
      refundedMinor: this.#refundedMinor,
      cancelledMinor: this.#cancelledMinor,
      expiredMinor: this.#expiredMinor,
      chargedBackMinor: this.#chargedBackMinor,
      pendingCaptureMinor: this.#pendingCaptureMinor,
      pendingRefundMinor: this.#pendingRefundMinor,
      pendingCancel: this.#pendingCancel,
      pending: this.#pending,
      lastChangeMs: this.#lastChangeMs,
      bookings: this.#bookings,
    }
  }

  #capture(modification: Modification, amountMinor: bigint): void {
    // The account's own capture takes what is left; nothing left is not a failure.
    if (modification.automatic && amountMinor === 0n) return
    if (modification.fails || amountMinor > this.#authorisedMinor) {
      return this.#book(modification, 'capture-failed', amountMinor, 'CAPTURE_FAILED')
    }
    this.#authorisedMinor -= amountMinor
    this.#capturedMinor += amountMinor
    this.#book(modification, 'captured', amountMinor, 'CAPTURED')
  }

  #cancel(modification: Modification, amountMinor: bigint): void {
    if (this.#cancelledMinor > 0n && this.#authorisedMinor === 0n && this.#capturedMinor === 0n) return
    // Nothing is left when it has expired meanwhile.
    const gone = this.#authorisedMinor === 0n || amountMinor > this.#authorisedMinor
    if (modification.fails || this.#capturedMinor > 0n || gone) {
      return this.#book(modification, 'cancel-failed', amountMinor, this.#lastEvent)
    }
    this.#release(modification, amountMinor)
  }

  #release(modification: Modification, amountMinor: bigint): void {
    if (modification.fails) return this.#book(modification, 'cancel-failed', amountMinor, this.#lastEvent)
    this.#authorisedMinor -= amountMinor
    this.#cancelledMinor += amountMinor
    const over = this.#authorisedMinor === 0n && this.#capturedMinor === 0n
    this.#book(modification, 'cancelled', amountMinor, over ? 'CANCELLED' : this.#lastEvent)
  }

  #refund(modification: Modification, amountMinor: bigint): void {
    if (modification.fails || amountMinor > this.#keptMinor) {
      return this.#book(modification, 'refund-failed', amountMinor, 'REFUND_FAILED')
    }
    this.#refundedMinor += amountMinor
    this.#book(modification, 'refunded', amountMinor, 'REFUNDED')
  }

  #undoCapture(modification: Modification, amountMinor: bigint): void {
    this.#capturedMinor -= amountMinor
    this.#authorisedMinor += amountMinor
    this.#book(modification, 'capture-undone', amountMinor, 'CAPTURE_FAILED')
  }

  #chargeBack(modification: Modification, amountMinor: bigint): void {
    this.#chargedBackMinor += amountMinor
    this.#book(modification, 'charged-back', amountMinor, 'CHARGED_BACK')
  }

  #reverseChargeback(modification: Modification, amountMinor: bigint): void {
    this.#chargedBackMinor -= amountMinor
    this.#book(modification, 'chargeback-reversed', amountMinor, 'CHARGEBACK_REVERSED')
  }

  #expire(modification: Modification): void {
    const amountMinor = this.#authorisedMinor
    this.#authorisedMinor = 0n
    this.#expiredMinor += amountMinor
    this.#book(modification, 'expired', amountMinor, this.#capturedMinor === 0n ? 'EXPIRED' : this.#lastEvent)
  }

  #refundSent(modification: Modification, amountMinor: bigint): void {
    this.#pendingRefundMinor += amountMinor
    this.#lastEvent = 'SENT_FOR_REFUND'
    this.#lastChangeMs = Math.max(this.#lastChangeMs, modification.receivedMs)
  }

  #book(modification: Modification, kind: Booking['kind'], amountMinor: bigint, lastEvent: string): void {
    const { reference, effectMs } = modification
    this.#bookings.push({
      kind,
      amountMinor,
      atMs: effectMs,
      ...(reference === undefined ? {} : { reference }),
    })
    this.#lastEvent = lastEvent
    this.#lastChangeMs = effectMs
  }
}

/** Puts a modification where its time to take effect says; at the same time, after those received before. */
export function addModification(charge: Charge, modification: Modification): void {
  let index = charge.modifications.length
  while (index > 0 && (charge.modifications[index - 1]?.effectMs ?? 0) > modification.effectMs) index--
  charge.modifications.splice(index, 0, modification)
}
