import type { Charge, Modification } from './state.ts'

/** Something that really happened to money, or was really refused. */
export interface Booking {
  readonly kind:
    | 'authorised'
    | 'refused'
    | 'error'
    | 'captured'
    | 'cancelled'
    | 'refunded'
    | 'capture-failed'
    | 'cancel-failed'
    | 'refund-failed'
  /** Minor units. */
  readonly amountMinor: bigint
  readonly atMs: number
  readonly reference?: string
}

/** How a charge stands at one moment. Amounts in minor units. */
export interface Standing {
  readonly lastEvent: string
  /** Authorized, and neither captured nor cancelled. */
  readonly authorisedMinor: bigint
  /** All that was ever captured. */
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
  readonly cancelledMinor: bigint
  /** Received by the merchant's word, not yet booked. */
  readonly pendingCaptureMinor: bigint
  readonly pendingRefundMinor: bigint
  readonly pendingCancel: boolean
  /** Modifications that were received and have not taken effect, the automatic capture included. */
  readonly pending: number
  readonly lastChangeMs: number
  readonly bookings: readonly Booking[]
}

/**
 * How the charge stood at `atMs`: what was received later is not seen, what takes effect later is pending.
 *
 *   AUTHORISED --capture--> CAPTURED --refund--> SENT_FOR_REFUND --> REFUNDED
 *        |                     '--(fails)--> CAPTURE_FAILED   '--(fails)--> REFUND_FAILED
 *        '------cancel------> CANCELLED
 *
 * Nothing in the state changes with time alone, so a stale view is this with an earlier `atMs`. A modification whose
 * receipt was given can find, when its time comes, that it is no longer possible: then it fails, as at the PSP.
 */
export function standingOf(charge: Charge, atMs: number): Standing {
  const amountMinor = BigInt(charge.amountMinor)
  if (charge.outcome !== 'AUTHORISED') {
    const kind = charge.outcome === 'REFUSED' ? 'refused' : 'error'
    return untouched(charge, 0n, { kind, amountMinor, atMs: charge.receivedMs })
  }
  const first: Booking = { kind: 'authorised', amountMinor, atMs: charge.receivedMs }
  if (charge.modifications.length === 0) return untouched(charge, amountMinor, first)
  const fold = new Fold(amountMinor, first)
  for (const modification of charge.modifications) {
    if (modification.receivedMs > atMs) continue
    if (modification.effectMs > atMs) fold.wait(modification)
    else fold.apply(modification)
  }
  return fold.standing()
}

function untouched(charge: Charge, authorisedMinor: bigint, booking: Booking): Standing {
  return {
    lastEvent: charge.outcome,
    authorisedMinor,
    capturedMinor: 0n,
    refundedMinor: 0n,
    cancelledMinor: 0n,
    pendingCaptureMinor: 0n,
    pendingRefundMinor: 0n,
    pendingCancel: false,
    pending: 0,
    lastChangeMs: charge.receivedMs,
    bookings: [booking],
  }
}

class Fold {
  #lastEvent = 'AUTHORISED'
  #authorisedMinor: bigint
  #capturedMinor = 0n
  #refundedMinor = 0n
  #cancelledMinor = 0n
  #pendingCaptureMinor = 0n
  #pendingRefundMinor = 0n
  #pendingCancel = false
  #pending = 0
  #lastChangeMs: number
  readonly #bookings: Booking[]

  constructor(amountMinor: bigint, first: Booking) {
    this.#authorisedMinor = amountMinor
    this.#lastChangeMs = first.atMs
    this.#bookings = [first]
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
        const restMinor = this.#capturedMinor - this.#refundedMinor - this.#pendingRefundMinor
        if (restMinor > 0n) this.#refundSent(modification, restMinor)
        return
      }
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
        return this.#refund(modification, amountMinor ?? this.#capturedMinor - this.#refundedMinor)
      case 'cancelOrRefund': {
        const restMinor = this.#capturedMinor - this.#refundedMinor
        if (restMinor > 0n) this.#refund(modification, restMinor)
        if (this.#authorisedMinor > 0n) this.#release(modification, this.#authorisedMinor)
        return
      }
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
    if (modification.fails || this.#capturedMinor > 0n || amountMinor > this.#authorisedMinor) {
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
    if (modification.fails || amountMinor > this.#capturedMinor - this.#refundedMinor) {
      return this.#book(modification, 'refund-failed', amountMinor, 'REFUND_FAILED')
    }
    this.#refundedMinor += amountMinor
    this.#book(modification, 'refunded', amountMinor, 'REFUNDED')
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
