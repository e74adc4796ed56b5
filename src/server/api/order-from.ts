import { failure } from '../../errors.ts'
import { containsCardNumber } from '../../gateway/card.ts'
import { money } from '../../money/money.ts'
import type { Order } from '../../shop/order-book.ts'
import { AMOUNT_MAX as AMOUNT_NUMBER_MAX, type OrderRequest } from './schemas.ts'

/** A string of digits may say more than its schema can refuse. */
const AMOUNT_MAX = BigInt(AMOUNT_NUMBER_MAX)

/**
 * The order of a request that fits its schema.
 *
 * @throws CF_MONEY_CURRENCY, CF_MONEY_AMOUNT; CF_REQUEST_INVALID when its lines do not add up; CF_CARD_DATA_LEAK for
 * a card number in any of its texts: the book is durable.
 */
export function orderFrom(request: OrderRequest): Order {
  const { amountMinor, currency } = money(BigInt(request.amountMinor), request.currency)
  const lines = (request.lines ?? []).map((line) => ({ ...line, amountMinor: BigInt(line.amountMinor) }))
  if (lines.some(({ amountMinor: of }) => of > AMOUNT_MAX || of < -AMOUNT_MAX)) {
    throw failure('CF_REQUEST_INVALID', `the amount of a line is beyond ${AMOUNT_MAX}`)
  }
  const sum = lines.reduce((total, line) => total + line.amountMinor, 0n)
  if (lines.length > 0 && sum !== amountMinor) {
    throw failure('CF_REQUEST_INVALID', `the lines add up to ${sum}, and amountMinor is ${amountMinor}`)
  }
  const { id, description, payer } = request
  checkTexts(request, 'the body')
  return { id, amountMinor, currency, description, lines, ...(payer !== undefined && { payer }) }
}

function checkTexts(value: unknown, where: string): void {
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw failure('CF_REQUEST_INVALID', `${where} holds half a character`)
  }
  if (typeof value === 'string' && containsCardNumber(value)) {
    throw failure('CF_CARD_DATA_LEAK', `${where} holds a card number`)
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) checkTexts(member, name)
}
