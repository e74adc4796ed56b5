import { Card } from '../../src/gateway/card.ts'

/** The card of every simulated payer; none of these digits may stand in any write or log line (S8). */
export const CANARY = ['4444333322221111', '4444 3333 2222 1111'] as const

export function card(declined: boolean): Card {
  return new Card({
    number: CANARY[0],
    expiryMonth: '12',
    expiryYear: '2030',
    securityCode: '555',
    holder: declined ? 'REFUSED' : 'Jane Doe',
  })
}
