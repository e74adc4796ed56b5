import { Card } from '../../src/gateway/card.ts'
import { Violation } from './invariant.ts'

/** The cards of every simulated payer; none of these digits may stand in any write or log line (S8). */
export const CANARY = ['4444333322221111', '4444 3333 2222 1111', '5555555555554444'] as const

/** Typed into the page of the PSP, and nowhere else. */
const TYPED_THERE = { cardNumber: CANARY[2], expiryMonth: '12', expiryYear: '2030', cvc: '737' } as const

export function card(holder: string): Card {
  return new Card({
    number: CANARY[0],
    expiryMonth: '12',
    expiryYear: '2030',
    securityCode: '555',
    holder,
  })
}

export function cardThere(holder: string) {
  return { method: 'CARD', cardHolderName: holder, ...TYPED_THERE } as const
}

/** S8: nothing durable holds a card number. */
export function noCard(texts: readonly string[]): void {
  for (const canary of CANARY) {
    if (texts.some((text) => text.includes(canary))) {
      throw new Violation('S8', `a change holds card data: ${canary}`)
    }
  }
}
