import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { currencies, exponentOf, isCurrency } from './currency.ts'

describe('currencies', () => {
  it('are codes of three capital letters, each once, in alphabetical order', () => {
    assert.ok(currencies.length > 150)
    assert.deepEqual(currencies, [...new Set(currencies)].toSorted())
    assert.deepEqual(
      currencies.filter((code) => !/^[A-Z]{3}$/.test(code)),
      [],
    )
  })

  it('have the decimal places of ISO 4217', () => {
    const expected = {
      GBP: 2,
      EUR: 2,
      JPY: 0,
      KRW: 0,
      ISK: 0,
      UGX: 0,
      BHD: 3,
      KWD: 3,
      TND: 3,
      CLF: 4,
      UYW: 4,
    }
    for (const [code, exponent] of Object.entries(expected)) assert.equal(exponentOf(code), exponent, code)
  })

  it('have from 0 to 4 decimal places, every one', () => {
    for (const code of currencies) assert.match(String(exponentOf(code)), /^[02-4]$/, code)
  })

  it("give way to a provider's own decimal places", () => {
    assert.equal(exponentOf('ISK', { ISK: 2 }), 2)
    assert.equal(exponentOf('JPY', { ISK: 2 }), 0)
  })

  it('are unknown when they are not of ISO 4217, also by an override or by a name that every object has', () => {
    for (const code of ['gbp', 'GB', 'XXX', 'ABC', '', 'constructor', '__proto__']) {
      assert.equal(isCurrency(code), false, code)
      assert.equal(exponentOf(code), undefined, code)
    }
    assert.equal(exponentOf('ABC', { ABC: 2 }), undefined)
  })
})
