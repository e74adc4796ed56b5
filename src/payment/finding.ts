import type { Balances, Evidence } from './events.ts'

/**
 * What one answer, inquiry or failed send tells about one operation, once it was compared with what was intended.
 * The engine makes it from the gateway's outcome; `decide` draws the conclusion.
 */
export interface Finding {
  readonly kind: FindingKind
  readonly evidence: Evidence
  /** When the question was asked or the request was sent: what counts under the waiting rule. */
  readonly askedAtMs: number
  /** The PSP has booked the capture. */
  readonly captured?: boolean
  readonly balances?: Balances
  readonly failed?: 'capture' | 'refund'
  /** A refund is on its way at the PSP. */
  readonly refunding?: boolean
  /** When the raw socket was reset, if it was. */
  readonly resetAtMs?: number
}

export type FindingKind =
  | 'approved'
  | 'declined'
  | 'pending'
  | 'accepted'
  | 'done'
  /** A modification was definitely refused. */
  | 'refused'
  /** Never processed, by the PSP's own word. */
  | 'invalid'
  /** No byte left this machine. */
  | 'not-sent'
  /** The PSP had the reference before our first send. */
  | 'duplicate'
  /** Right reference, other amount or currency. */
  | 'mismatch'
  /** Cancelled, or refunded in full: no money is live. */
  | 'reversed'
  | 'not-found'
  | 'unavailable'
  /** Nothing that can be concluded from: in doubt. */
  | 'unclear'

/** What the gateway declares, as far as decisions need it; milliseconds. */
export interface Rules {
  readonly maxDeliveryMs: number
  readonly maxProcessingMs: number
  readonly inquiryLagMs: number
  readonly doubtCaseAfterMs: number
  readonly reversalTriesMax: number
}
