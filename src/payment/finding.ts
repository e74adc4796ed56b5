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
  /** The gateway's own, for the payer's browser and the next leg. */
  readonly handover?: Readonly<Record<string, string>>
  /** A decline that the issuer would reconsider with 3-D Secure. */
  readonly soft?: boolean
  readonly dispute?: 'charged-back' | 'reversed'
  readonly expired?: boolean
  /** Configuration makes this word a case. */
  readonly asCase?: boolean
}

export type FindingKind =
  | 'approved'
  | 'declined'
  | 'pending'
  /** The payer is to pay on the PSP's page. */
  | 'awaiting-payer'
  /** The payer is to prove who they are. */
  | 'challenged'
  /** On the PSP's page, not paid so far. */
  | 'open'
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
  /** What was written down with an earlier time may be younger than that says: the journal's time has jumped ahead. */
  readonly steadySinceMs: number
  readonly doubtCaseAfterMs: number
  readonly reversalTriesMax: number
  /** When a payment that waits for its payer on the PSP's page is asked about: delays from its registration. */
  readonly pollUnpaidMs: readonly number[]
  /** How long a challenge may take. */
  readonly challengeValidMs: number
  /** How long an authorization can be captured, as far as the shop knows. */
  readonly authorizationValidMs: number
}
