import type { Card } from '../gateway/card.ts'
import type { Answer, Exchange, Gateway } from '../gateway/gateway.ts'

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
  /** Lets the PSP's time pass. */
  advance(delayMs: number): void
  /** Undefined when nothing was ever executed under this reference. */
  ledger(reference: string): SimulatedCharge | undefined
  /** From now on inquiries are answered from books that are as old as the PSP's own lag, or from fresh ones. */
  lagInquiries(lagging: boolean): void
  /** The next capture or refund is received for processing, and fails when its time comes. */
  failNextModification(): void
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
}
