import { failure } from '../errors.ts'
import type { PaymentEvent } from '../payment/events.ts'
import type { OrderRecord } from '../payment/order.ts'
import type { Payment } from '../payment/state.ts'
import type { SpoolRecord } from './spool.ts'

/**
 * How payments, events and order records are written down: as their JSON. Amounts are bigint, which JSON does not
 * have; they are exactly the fields whose name ends in `Minor`, and are written as decimal strings. What stands
 * below a field `values` is the shop's own JSON and is neither rewritten nor read.
 *
 * A field that is undefined vanishes in JSON and so reads as undefined again.
 *
 * Measured on a payment of 2 KB: 4 microseconds to encode and 5 to decode, against 7 and 27 with the replacer and
 * reviver of JSON.
 */
type Encodable = Payment | OrderRecord | readonly PaymentEvent[] | SpoolRecord

const OPAQUE = 'values'
const AMOUNT_SUFFIX = 'Minor'

/**
 * @throws TypeError when a bigint stands where it cannot be read back: in `values`.
 * @example
 * encode(openOrder('order-1')) // '{"orderId":"order-1","revision":0,"state":"open","orderVersion":""}'
 */
export function encode(value: Encodable): string {
  return JSON.stringify(withoutBigints(value))
}

export function decodePayment(text: string): Payment {
  const payment = decode(text) as Payment
  // Whoever goes through a list of payments goes through these of each.
  if (![payment.operations, payment.cases, payment.work].every((list) => Array.isArray(list)))
    throw corrupt(text)
  const isOlder = payment.learned === undefined || payment.operations.some(({ hints }) => hints === undefined)
  return isOlder ? broughtForward(payment) : payment
}

/**
 * A snapshot of a version that knew no notifications, hosted pages and chargebacks, with what it had none of; or one
 * that such a version has gone on with, whose new operations lack theirs (F25).
 */
function broughtForward(payment: Payment): Payment {
  return {
    ...payment,
    notices: payment.notices ?? [],
    learned: payment.learned ?? [],
    facts: payment.facts ?? 0,
    balances: { ...payment.balances, chargedBackMinor: payment.balances.chargedBackMinor ?? 0n },
    operations: payment.operations.map((operation) => ({
      ...operation,
      refusedAttempts: operation.refusedAttempts ?? 0,
      hints: operation.hints ?? 0,
    })),
  }
}

export function decodeEvents(text: string): readonly PaymentEvent[] {
  return decode(text) as readonly PaymentEvent[]
}

export function decodeSpoolRecord(text: string): SpoolRecord {
  return decode(text) as SpoolRecord
}

/** An order record holds no amount, so its JSON is all there is to it. */
export function decodeOrder(text: string): OrderRecord {
  return parse(text) as OrderRecord
}

function decode(text: string): unknown {
  const value = parse(text)
  readAmounts(value, text)
  return value
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    throw corrupt(text, error)
  }
  throw corrupt(text)
}

/** The text itself stays out of the message: it is long, and belongs to a payer. */
function corrupt(text: string, cause?: unknown): Error {
  return failure('CF_JOURNAL_CORRUPT', `a record of ${text.length} characters cannot be read`, {}, cause)
}

/** The same value with amounts as strings. Copies only what it must change, so that most of it is shared. */
function withoutBigints(value: object): object {
  return Array.isArray(value) ? arrayWithoutBigints(value) : recordWithoutBigints(value)
}

function arrayWithoutBigints(array: readonly unknown[]): object {
  let copy: unknown[] | undefined
  for (let index = 0; index < array.length; index++) {
    const item = array[index]
    if (typeof item !== 'object' || item === null) continue
    const plain = withoutBigints(item)
    if (plain === item) continue
    copy ??= array.slice()
    copy[index] = plain
  }
  return copy ?? array
}

function recordWithoutBigints(record: object): object {
  const source = record as Record<string, unknown>
  let copy: Record<string, unknown> | undefined
  for (const name in source) {
    const field = source[name]
    if (typeof field === 'bigint') {
      if (!name.endsWith(AMOUNT_SUFFIX)) throw new TypeError(`${name} is a bigint and no amount`)
      copy ??= { ...source }
      copy[name] = field.toString()
    } else if (typeof field === 'object' && field !== null && name !== OPAQUE) {
      const plain = withoutBigints(field)
      if (plain === field) continue
      copy ??= { ...source }
      copy[name] = plain
    }
  }
  return copy ?? source
}

function readAmounts(value: object, text: string): void {
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (typeof item === 'object' && item !== null) readAmounts(item, text)
    }
    return
  }
  const record = value as Record<string, unknown>
  for (const name in record) {
    const field = record[name]
    if (typeof field === 'string') {
      if (name.endsWith(AMOUNT_SUFFIX)) record[name] = amount(field, text)
    } else if (typeof field === 'object' && field !== null && name !== OPAQUE) {
      readAmounts(field, text)
    }
  }
}

function amount(digits: string, text: string): bigint {
  if (!/^-?\d+$/.test(digits)) throw corrupt(text)
  return BigInt(digits)
}
