import { type Card, cardFrom } from '../src/gateway/card.ts'
import type { Gateway } from '../src/gateway/gateway.ts'
import { secret } from '../src/gateway/secret.ts'
import { worldpay } from '../src/gateways/worldpay/index.ts'
import type { Order } from '../src/payment/order.ts'
import { MERCHANT } from './merchant.ts'

/** What one sale is about; both contenders make the same one again and again. */
export const AMOUNT_MINOR = 1999n
export const CURRENCY = 'GBP'
export const PAYER_IP = '192.0.2.7'

/** The names in a sale's commits that are new with each sale. */
export interface Sold {
  readonly paymentId: string
  readonly reference: string
  readonly key: string
}

/** The simulator approves this card. */
export function benchCard(): Card {
  return cardFrom({
    number: '4444333322221111',
    expiryMonth: '12',
    expiryYear: String(new Date().getUTCFullYear() + 2),
    securityCode: '555',
    holder: 'Jane Doe',
  })
}

export function benchOrder(id: string): Order {
  return {
    id,
    amountMinor: AMOUNT_MINOR,
    currency: CURRENCY,
    description: `Order ${id}`,
    lines: [
      { sku: 'mug-blue', name: 'Blue mug', quantity: 1, amountMinor: 1200n },
      { sku: 'tea-assam', name: 'Assam tea', quantity: 2, amountMinor: 799n },
    ],
    payer: {
      email: 'jane@example.com',
      name: 'Jane Doe',
      billingAddress: {
        line1: '1 Test Street',
        city: 'London',
        postalCode: 'N1 9GU',
        countryCode: 'GB',
      },
    },
  }
}

export function benchGateway(paymentService: string): Gateway {
  const { merchantCode, username, password } = MERCHANT
  return worldpay({ url: paymentService, merchantCode, username, password: secret(password) }).direct
}
