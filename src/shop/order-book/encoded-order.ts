import type { Address, Order, OrderLine, Payer } from '../../payment/order.ts'

/**
 * An order as text. Fields stand in one order whatever their order was, so two orders have the same content exactly
 * when their texts are equal. Amounts are strings: JSON has no bigint.
 */
export function encodeOrder(order: Order): string {
  return JSON.stringify({
    id: order.id,
    amountMinor: order.amountMinor.toString(),
    currency: order.currency,
    description: order.description,
    lines: order.lines.map(({ sku, name, quantity, amountMinor }) => ({
      sku,
      name,
      quantity,
      amountMinor: amountMinor.toString(),
    })),
    ...(order.payer !== undefined && { payer: payerFields(order.payer) }),
  })
}

function payerFields({ email, name, billingAddress }: Payer): object {
  return {
    email,
    name,
    ...(billingAddress !== undefined && { billingAddress: addressFields(billingAddress) }),
  }
}

function addressFields({ line1, line2, city, postalCode, countryCode }: Address): object {
  return { line1, line2, city, postalCode, countryCode }
}

/** What `encodeOrder` has written: every order has been checked before it was booked. */
export function decodeOrder(text: string): Order {
  const parsed = JSON.parse(text) as EncodedOrder
  return {
    ...parsed,
    amountMinor: BigInt(parsed.amountMinor),
    lines: parsed.lines.map((line) => ({ ...line, amountMinor: BigInt(line.amountMinor) })),
  }
}

interface EncodedOrder extends Omit<Order, 'amountMinor' | 'lines'> {
  readonly amountMinor: string
  readonly lines: readonly (Omit<OrderLine, 'amountMinor'> & { readonly amountMinor: string })[]
}
