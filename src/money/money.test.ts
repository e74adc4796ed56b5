import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { currencies, exponentOf } from './currency.ts'
import { AMOUNT_MINOR_MAX, formatMoney, money, parseMoney, sameMoney } from './money.ts'

const amounts = fc.bigInt({ min: 0n, max: AMOUNT_MINOR_MAX })
const AMOUNT_REFUSED = { code: 'CF_MONEY_AMOUNT' }
const CURRENCY_REFUSED = { code: 'CF_MONEY_CURRENCY' }

describe('money', () => {
  it('comes back the same from its decimal string, in every currency', () => {
    for (const currency of currencies) {
      fc.assert(
        fc.property(amounts, (amountMinor) => {
          const text = formatMoney(money(amountMinor, currency))
          assert.deepEqual(parseMoney(text, currency), { amountMinor, currency })
        }),
        { numRuns: 50 },
      )
    }
  })

  it('is written with exactly the decimal places of its currency', () => {
    for (const currency of currencies) {
      fc.assert(
        fc.property(amounts, (amountMinor) => {
          const [whole = '', fraction = ''] = formatMoney(money(amountMinor, currency)).split('.')
          assert.equal(fraction.length, exponentOf(currency))
          assert.match(whole, /^(0|[1-9]\d*)$/)
          assert.equal(BigInt(whole + fraction), amountMinor)
        }),
        { numRuns: 20 },
      )
    }
  })

  it('knows currencies of 0, 2, 3 and 4 decimal places', () => {
    assert.equal(formatMoney(money(500n, 'JPY')), '500')
    assert.equal(formatMoney(money(5n, 'GBP')), '0.05')
    assert.equal(formatMoney(money(5n, 'BHD')), '0.005')
    assert.equal(formatMoney(money(5n, 'CLF')), '0.0005')
    assert.equal(parseMoney('500', 'JPY').amountMinor, 500n)
    assert.equal(parseMoney('19.9', 'GBP').amountMinor, 1990n)
    assert.equal(parseMoney('1', 'BHD').amountMinor, 1000n)
    assert.equal(parseMoney('1.0001', 'CLF').amountMinor, 10_001n)
  })

  it('refuses more decimal places than the currency has, also zeros', () => {
    for (const [text, currency] of [
      ['1.0', 'JPY'],
      ['1.000', 'GBP'],
      ['1.0000', 'BHD'],
      ['1.00000', 'CLF'],
    ] as const) {
      assert.throws(() => parseMoney(text, currency), AMOUNT_REFUSED, `${text} ${currency}`)
    }
  })

  it('refuses text that is not plain digits with a point', () => {
    for (const text of [
      '',
      ' 1',
      '1 ',
      '-1',
      '+1',
      '1,00',
      '1.',
      '.5',
      '1e3',
      '0x10',
      '1_000',
      'NaN',
      '١',
      '1.2.3',
    ]) {
      assert.throws(() => parseMoney(text, 'GBP'), AMOUNT_REFUSED, text)
    }
  })

  it('refuses every number, since a float cannot count money', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer()), (float) => {
        assert.throws(() => money(float as unknown as bigint, 'GBP'), AMOUNT_REFUSED)
      }),
    )
    assert.throws(() => money('100' as unknown as bigint, 'GBP'), AMOUNT_REFUSED)
  })

  it('refuses amounts below 0 and above the limit, and takes both ends', () => {
    assert.equal(money(0n, 'GBP').amountMinor, 0n)
    assert.equal(money(AMOUNT_MINOR_MAX, 'GBP').amountMinor, AMOUNT_MINOR_MAX)
    assert.throws(() => money(-1n, 'GBP'), AMOUNT_REFUSED)
    assert.throws(() => money(AMOUNT_MINOR_MAX + 1n, 'GBP'), AMOUNT_REFUSED)
    assert.equal(parseMoney('1000000000000000', 'JPY').amountMinor, AMOUNT_MINOR_MAX)
    assert.throws(() => parseMoney('1000000000000001', 'JPY'), AMOUNT_REFUSED)
    assert.throws(() => parseMoney('10000000000000.01', 'GBP'), AMOUNT_REFUSED)
    assert.throws(() => parseMoney('01000000000000000', 'JPY'), AMOUNT_REFUSED)
  })

  it('refuses an unknown currency and names it', () => {
    assert.throws(() => money(1n, 'gbp'), { ...CURRENCY_REFUSED, message: /'gbp'/ })
    assert.throws(() => parseMoney('1', 'XXX'), { ...CURRENCY_REFUSED, message: /'XXX'/ })
  })

  it('cannot be changed', () => {
    assert.ok(Object.isFrozen(money(1n, 'GBP')))
  })

  it('is the same amount in whichever decimal places somebody counts it', () => {
    const counted = (amountMinor: bigint, currency: string, exponent: number | undefined) => ({
      amountMinor,
      currency,
      exponent,
    })
    assert.ok(sameMoney(money(1999n, 'GBP'), counted(1999n, 'GBP', undefined)))
    assert.ok(sameMoney(money(1999n, 'GBP'), counted(19990n, 'GBP', 3)))
    assert.ok(sameMoney(money(500n, 'HUF'), counted(5n, 'HUF', 0)))
    assert.equal(sameMoney(money(1999n, 'GBP'), counted(1999n, 'GBP', 3)), false)
    assert.equal(sameMoney(money(1999n, 'GBP'), counted(1999n, 'EUR', 2)), false)
    assert.equal(sameMoney(money(1999n, 'GBP'), counted(1998n, 'GBP', 2)), false)
  })
})
