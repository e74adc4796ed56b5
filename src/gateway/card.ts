import { failure } from '../errors.ts'

/** The fields of a payer's card as they were typed. */
export interface CardFields {
  readonly number: string
  readonly expiryMonth: string
  readonly expiryYear: string
  readonly securityCode: string
  readonly holder: string
}

const HIDDEN = '[card]'

/**
 * Card data in memory only (design 5.10). It cannot be printed, logged, cloned or turned into JSON: its fields are
 * private to the class, and only a gateway's `build` asks for them with `reveal`.
 *
 * @example
 * const card = cardFrom({ number: '4444 3333 2222 1111', expiryMonth: '12', expiryYear: '2030', securityCode: '555', holder: 'Jane Doe' })
 * String(card) // '[card]'
 */
export class Card {
  readonly #fields: CardFields

  constructor(fields: CardFields) {
    this.#fields = Object.freeze({ ...fields })
  }

  /** The fields, for the one place that puts them into a request. */
  reveal(): CardFields {
    return this.#fields
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN
  }
}

/** A field of the card that cannot be right, with what to do, in words for the payer. */
export interface CardProblem {
  readonly field: keyof CardFields
  readonly text: string
}

/** Looks at the fields as a payer's page would: what is wrong with each, none when all can be right. */
export function cardProblems(fields: CardFields, nowMs: number): readonly CardProblem[] {
  const problems: CardProblem[] = []
  const number = digitsOf(fields.number)
  if (number.length < 12 || number.length > 19 || !passesLuhn(number)) {
    problems.push({ field: 'number', text: 'Check the card number: it has 12 to 19 digits.' })
  }
  const month = Number(fields.expiryMonth)
  const year = Number(fields.expiryYear)
  const today = new Date(nowMs)
  if (!/^\d{1,2}$/.test(fields.expiryMonth) || month < 1 || month > 12) {
    problems.push({ field: 'expiryMonth', text: 'Give the month as a number from 01 to 12.' })
  } else if (!/^\d{4}$/.test(fields.expiryYear) || year > today.getUTCFullYear() + 30) {
    problems.push({ field: 'expiryYear', text: 'Give the year with four digits.' })
  } else if (year * 12 + month < today.getUTCFullYear() * 12 + today.getUTCMonth() + 1) {
    problems.push({ field: 'expiryYear', text: 'This card has expired. Use another card.' })
  }
  if (!/^\d{3,4}$/.test(fields.securityCode)) {
    problems.push({
      field: 'securityCode',
      text: 'The security code has 3 digits, or 4 on American Express.',
    })
  }
  const holder = fields.holder.trim()
  if (holder === '' || holder.length > 100) {
    problems.push({ field: 'holder', text: 'Give the name as it stands on the card.' })
  } else if (containsCardNumber(holder)) {
    problems.push({ field: 'holder', text: 'This field is for the name on the card, not its number.' })
  }
  return problems
}

/**
 * Checks the fields and seals them.
 *
 * @throws CF_CARD_INVALID naming the field, never its content.
 */
export function cardFrom(fields: CardFields, nowMs: number = Date.now()): Card {
  const [problem] = cardProblems(fields, nowMs)
  if (problem !== undefined) {
    throw failure('CF_CARD_INVALID', `${problem.field}: ${problem.text}`, { field: problem.field })
  }
  return new Card({ ...fields, number: digitsOf(fields.number), holder: fields.holder.trim() })
}

/**
 * True when the text holds 13 to 19 digits in a row that pass the Luhn check, with at most three spaces or dashes of
 * any kind between two of them.
 */
export function containsCardNumber(text: string): boolean {
  return cardNumbersIn(text).length > 0
}

/** The text with every card number in it cut down to its last four digits. */
export function maskCardNumbers(text: string): string {
  let masked = text
  for (const found of cardNumbersIn(text))
    masked = masked.replaceAll(found, `****${digitsOf(found).slice(-4)}`)
  return masked
}

/** Our own identifiers and references are UUIDs; their digits are no card number. */
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/g

/** As many digits in a row as a card number has at least. */
const RUN = /\d(?:[\s\p{Dash}]{0,3}\d){12,}/u
const RUNS = new RegExp(RUN, 'gu')

function cardNumbersIn(text: string): readonly string[] {
  // Most texts have no such run, with or without identifiers in it.
  if (!RUN.test(text)) return []
  const runs = text.replaceAll(UUID, '|').match(RUNS) ?? []
  return runs.filter((run) => holdsLuhn(digitsOf(run)))
}

/** A longer run of digits may hide a card number in its middle: every window of 13 to 19 digits from 2 to 6 counts. */
function holdsLuhn(digits: string): boolean {
  for (let length = 13; length <= 19; length++) {
    for (let start = 0; start + length <= Math.min(digits.length, 64); start++) {
      const window = digits.slice(start, start + length)
      if (/^[2-6]/.test(window) && passesLuhn(window)) return true
    }
  }
  return false
}

function digitsOf(text: string): string {
  return text.replaceAll(/[\s\p{Dash}]/gu, '')
}

function passesLuhn(digits: string): boolean {
  if (!/^\d+$/.test(digits)) return false
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
