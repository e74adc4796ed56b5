import type { Card } from '../gateway/card.ts'
import type { Answer, DeviceData, Exchange, Gateway, PayerPage } from '../gateway/gateway.ts'

/** What the simulator knows really happened to one charge, in minor units of the order's ISO currency. */
export interface SimulatedCharge {
  /** How often an order with this reference was executed. */
  readonly executions: number
  readonly authorizedMinor: bigint
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
  /** Authorized or captured, and neither cancelled nor refunded. */
  readonly liveMinor: bigint
}

/** The PSP's side: a simulator under a virtual clock. */
export interface SimulatedProvider {
  /** Delivers the exchange and brings back the whole answer. */
  send(exchange: Exchange): Promise<Answer>
  /** Milliseconds since 1970, on the PSP's clock. */
  nowMs(): number
  /** Lets the PSP's time pass. */
  advance(delayMs: number): void
  /** Undefined when nothing was ever executed under this reference. */
  ledger(reference: string): SimulatedCharge | undefined
  /** From now on inquiries are answered from books that are as old as the PSP's own lag, or from fresh ones. */
  lagInquiries(lagging: boolean): void
  /** The next capture or refund is received for processing, and fails when its time comes. */
  failNextModification(): void
  /** Where the simulator can: what happens to a charge without any word of ours. */
  afterwards?(reference: string, event: LaterEvent): void
}

export type LaterEvent = 'charged-back' | 'chargeback-reversed' | 'expired'

/** What a payer does on the PSP's page. `pending`: the money comes later, and in full. */
export type PayerDoes = 'pays' | 'is-declined' | 'pays-later' | 'cancels'

/** Where the payer's browser is sent from a page of the PSP: one of our addresses, and what is appended to it. */
export interface SentBack {
  /** Undefined when the page leads nowhere. */
  readonly address: string | undefined
  readonly query: Readonly<Record<string, string>>
}

/** Payers at the PSP's own page. */
export interface HostedPayers {
  /** A payer comes by this link and tries to do that, whatever the page then lets them do. */
  visit(page: PayerPage, does: PayerDoes): SentBack
}

/** Payers who prove who they are, and cards that ask for it. */
export interface ChallengedPayers {
  readonly challengedCard: Card
  /** Declined without 3-D Secure, and challenged where a challenge is a must. */
  readonly softlyDeclinedCard: Card
  /** The browser posts the form with the card's first digits; the session's id comes back. Throws when it is refused. */
  collect(form: DeviceData, cardPrefix: string): string
  /** The browser posts the form, and the payer passes, fails or does nothing. Throws when it is refused. */
  answer(page: PayerPage, verdict: 'passes' | 'fails' | 'does-nothing'): SentBack
}

/** A notification as the PSP posts it. */
export interface Notification {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The PSP's calls to us. */
export interface NotificationQueue {
  /** What it would deliver now, in its order, each taken for acknowledged. */
  take(): readonly Notification[]
  /** The longest time from an event to its delivery. */
  readonly delayMs: number
}

/** A gateway under test, with a simulator of its PSP that has seen nothing yet. */
export interface GatewayFixture {
  readonly gateway: Gateway
  readonly provider: SimulatedProvider
  /** A card that is approved; its fields are looked for in everything that `scrub` lets through. */
  readonly approvedCard: Card
  readonly declinedCard: Card
  /** Whether inquiries tell what is booked. Without, captures and refunds in doubt end as cases. */
  readonly tellsBalances: boolean
  /** For a gateway with `hosted`. */
  readonly hosted?: HostedPayers
  /** For a gateway with `deviceData`. */
  readonly challenged?: ChallengedPayers
  /** For a gateway with `notification`. */
  readonly notifications?: NotificationQueue
}
