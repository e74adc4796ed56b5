import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import fc from 'fast-check'
import { CounterfoilError } from '../errors.ts'
import { Card, cardFrom, cardProblems, containsCardNumber, maskCardNumbers } from './card.ts'
import type { CardFields } from './card.ts'

const NOW_MS = Date.UTC(2027, 5, 15)
const NUMBER = '4444333322221111'
const fields: CardFields = {
  number: '4444 3333 2222 1111',
  expiryMonth: '12',
  expiryYear: '2030',
  securityCode: '917',
  holder: 'Canary Holder',
}

/** A number with its check digit. */
function withCheckDigit(digits: string): string {
  for (let digit = 0; digit <= 9; digit++) {
    const number = `${digits}${digit}`
    const sum = number
      .split('')
      .toReversed()
      .reduce((total, character, index) => {
        const doubled = Number(character) * (index % 2 === 1 ? 2 : 1)
        return total + (doubled > 9 ? doubled - 9 : doubled)
      }, 0)
    if (sum % 10 === 0) return number
  }
  throw new Error('there always is a check digit')
}

void test('a card shows in nothing that prints', () => {
  const card = cardFrom(fields, NOW_MS)
  // What the compiler refuses can still happen in code without types.
  const untyped = card as unknown as string
  const printed = [
    String(card),
    `card: ${untyped}`,
    JSON.stringify(card),
    JSON.stringify({ nested: [card] }),
    inspect(card),
    inspect({ card }, { showHidden: true, depth: 9, getters: true }),
    inspect(card, { customInspect: false, showHidden: true }),
    inspect(new Map([[card, card]])),
    format('%s %o %O %j', card, card, card, card),
    inspect(structuredClone({ card })),
    Object.keys(card).join(),
    Object.getOwnPropertyNames(card).join(),
    JSON.stringify(Object.assign({}, card)),
    JSON.stringify(Object.entries(card)),
    inspect(new Error(`refused ${untyped}`, { cause: card })),
    inspect(Object.assign(new Error('refused'), { card })),
    [card].join(),
  ].join('\n')
  assert.doesNotMatch(printed, /4444|917|Canary/)
  assert.match(printed, /\[card\]/)
  assert.deepEqual(card.reveal(), { ...fields, number: NUMBER })
})

void test('the error of an assertion about a card does not show it', () => {
  try {
    assert.deepEqual(new Card(fields), { number: 'other' })
    assert.fail('they are not equal')
  } catch (error) {
    assert.doesNotMatch(inspect(error, { depth: 9 }), /4444|917|Canary/)
  }
})

void test('an error about a field names it and does not quote it', () => {
  const wrong: readonly (readonly [keyof CardFields, string])[] = [
    ['number', '4444333322221112'],
    ['expiryMonth', '77'],
    ['expiryYear', '1999'],
    ['expiryYear', '7777'],
    ['securityCode', '99x'],
    ['holder', `Canary ${NUMBER}`],
    ['holder', ' '],
  ]
  for (const [field, value] of wrong) {
    assert.throws(
      () => cardFrom({ ...fields, [field]: value }, NOW_MS),
      (error: unknown) => {
        assert.ok(error instanceof CounterfoilError && error.code === 'CF_CARD_INVALID')
        assert.equal(error.details['field'], field)
        assert.doesNotMatch(inspect(error, { depth: 9 }).replaceAll(/at .*\n/g, ''), /44443|99x|7777|Canary/)
        return true
      },
    )
  }
})

void test('a card is good to the end of its month, and thirty years ahead at most', () => {
  const fieldsOf = (month: string, year: string): readonly string[] =>
    cardProblems({ ...fields, expiryMonth: month, expiryYear: year }, NOW_MS).map(({ field }) => field)
  assert.deepEqual(fieldsOf('6', '2027'), [])
  assert.deepEqual(fieldsOf('05', '2027'), ['expiryYear'])
  assert.deepEqual(fieldsOf('12', '2057'), [])
  assert.deepEqual(fieldsOf('12', '2058'), ['expiryYear'])
  assert.deepEqual(fieldsOf('12', '30'), ['expiryYear'])
  assert.deepEqual(fieldsOf('0', '2030'), ['expiryMonth'])
})

const cardNumber = fc
  .tuple(fc.constantFrom('2', '3', '4', '5', '6'), fc.integer({ min: 12, max: 18 }))
  .chain(([first, more]) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: more - 1, maxLength: more - 1 })
      .map((digits) => withCheckDigit(first + digits.join(''))),
  )

void test('every card number is found and masked, bare or grouped, wherever it stands', () => {
  fc.assert(
    fc.property(
      cardNumber,
      fc.constantFrom('', ' ', '-', '  ', ' - ', '\u00a0', '\u202f', '\u2013', '\u2212', '\t'),
      fc.string(),
      fc.string(),
      (number, gap, before, after) => {
        const shown = number.replaceAll(/(\d{4})(?=\d)/g, `$1${gap}`)
        const text = `${before.replaceAll(/\d/g, '')}|${shown}|${after.replaceAll(/\d/g, '')}`
        assert.ok(containsCardNumber(text))
        const masked = maskCardNumbers(text)
        assert.ok(!masked.includes(shown))
        assert.ok(masked.includes(`****${number.slice(-4)}`))
      },
    ),
  )
})

void test('a card number in the middle of a longer run of digits is found', () => {
  for (const text of [`00${NUMBER}`, `${NUMBER}9`, `12345${NUMBER}678`, `20270615${NUMBER}`]) {
    assert.ok(containsCardNumber(text), text)
    assert.ok(!maskCardNumbers(text).includes(NUMBER), text)
  }
})

void test('our references, times and amounts are no card numbers', () => {
  for (const text of [
    '4444333322221112',
    '444433332222',
    '0000000000000000',
    '1199b2c4-5b1e-7d3a-9c40-2f6b8e1a7d55',
    '44443333-2222-4111-8111-444433332222',
    '1999 GBP',
    'tel 020 7946 0958',
    '4444********1111',
  ]) {
    assert.equal(containsCardNumber(text), false, text)
    assert.equal(maskCardNumbers(text), text)
  }
})

void test('a long run of digits takes bounded time', () => {
  const startedMs = performance.now()
  containsCardNumber('4'.repeat(200_000))
  maskCardNumbers('4444 '.repeat(40_000))
  assert.ok(performance.now() - startedMs < 8_000)
})
