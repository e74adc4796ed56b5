import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { CounterfoilError } from '../errors.ts'
import { currencies } from '../money/currency.ts'
import { formatMoney } from '../money/money.ts'
import { worldpaySettlement } from '../gateways/worldpay/settlement.ts'
import { checkedColumns } from './columns.ts'
import { isRead, minorFrom, timeFrom } from './fields.ts'
import { lineFrom } from './record.ts'

const point = { decimalMark: '.' } as const

describe('an amount of a report', () => {
  it('is read exactly in every currency, with or without a sign', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 15n })
    fc.assert(
      fc.property(amount, fc.constantFrom(...currencies), fc.boolean(), (amountMinor, currency, isMinus) => {
        const text = `${isMinus ? '-' : ''}${formatMoney({ amountMinor, currency })}`
        assert.equal(minorFrom(text, currency, point), isMinus ? -amountMinor : amountMinor)
      }),
    )
  })

  it('takes the marks of the layout, and zeros behind the last place of the currency', () => {
    const german = { decimalMark: ',', groupMark: '.' } as const
    assert.equal(minorFrom('1.234.567,50', 'EUR', german), 123456750n)
    assert.equal(minorFrom("1'000", 'CHF', { groupMark: "'" }), 100000n)
    assert.equal(minorFrom('1999.00', 'JPY', point), 1999n)
    assert.equal(minorFrom('0.4500', 'BHD', point), 450n)
    assert.equal(minorFrom('+1.5', 'GBP', point), 150n)
  })

  it('is refused when it is anything else, and says what is expected', () => {
    const grouped = { decimalMark: '.', groupMark: ',' } as const
    for (const text of [
      '',
      '-',
      '1.',
      '.5',
      '1.999',
      '1,5',
      '1e3',
      '0x1',
      '1 0',
      'NaN',
      '--1',
      '1.2.3',
      '9'.repeat(20),
    ]) {
      assert.equal(isRead(minorFrom(text, 'GBP', point)), false, text)
    }
    for (const text of ['1,5', '12,34.00', '1,2345', ',123']) {
      assert.equal(isRead(minorFrom(text, 'GBP', grouped)), false, text)
    }
    assert.equal(isRead(minorFrom('19.99', 'JPY', point)), false)
    assert.deepEqual(minorFrom('x', 'JPY', point), {
      expected: 'digits without decimal places, and a minus before them where it is below zero',
    })
  })
})

describe('a date of a report', () => {
  it('is read by its format and zone', () => {
    const at = (text: string, dateFormat: string, timeZone?: string) =>
      timeFrom(text, timeZone === undefined ? { dateFormat } : { dateFormat, timeZone })
    assert.equal(at('2026-01-31', 'iso'), Date.UTC(2026, 0, 31))
    assert.equal(at('2026-01-31', 'iso', '+01:00'), Date.UTC(2026, 0, 30, 23))
    assert.equal(at('2026-01-31T10:15:00.5Z', 'iso', '+01:00'), Date.UTC(2026, 0, 31, 10, 15, 0, 500))
    assert.equal(at('2026-01-31 10:15', 'iso', '-05:30'), Date.UTC(2026, 0, 31, 15, 45))
    assert.equal(at('31/01/2026 23:59:58', 'DD/MM/YYYY HH:mm:ss'), Date.UTC(2026, 0, 31, 23, 59, 58))
    assert.equal(at('20260131', 'YYYYMMDD'), Date.UTC(2026, 0, 31))
    assert.equal(at('31.01.2026', 'DD.MM.YYYY', '+02:00'), Date.UTC(2026, 0, 30, 22))
  })

  it('is refused where the calendar does not have it', () => {
    for (const [text, dateFormat] of [
      ['2026-02-29', 'iso'],
      ['2026-13-01', 'iso'],
      ['2026-01-31T24:30:00Z', 'iso'],
      ['31-01-2026', 'iso'],
      ['31.04.2026', 'DD.MM.YYYY'],
      ['31x04x2026', 'DD.MM.YYYY'],
      ['01/31/2026', 'DD/MM/YYYY'],
      ['', 'iso'],
    ] as const) {
      assert.equal(isRead(timeFrom(text, { dateFormat })), false, text)
    }
  })
})

describe('a line', () => {
  const record = {
    'Order Code': 'o-1',
    Reference: 're-1',
    Event: 'REFUNDED',
    'Event Date': '2026-01-31T10:15:00Z',
    Currency: 'GBP',
    Amount: '-5.00',
    Commission: '0.10',
    'Net Amount': '-5.10',
    'Transaction Id': 'T1',
  }

  it('is put into our words', () => {
    assert.deepEqual(lineFrom(record, 7, worldpaySettlement), {
      kind: 'line',
      line: {
        lineNumber: 7,
        reference: 'o-1',
        modification: 're-1',
        kind: 'refunded',
        amountMinor: 500n,
        feeMinor: 10n,
        currency: 'GBP',
        atMs: Date.UTC(2026, 0, 31, 10, 15),
        pspReference: 'T1',
        occurrence: 1,
      },
    })
    const fee = {
      ...record,
      'Order Code': '',
      Event: 'FEE',
      Amount: '',
      Commission: '25.00',
      'Net Amount': '-25.00',
    }
    const read = lineFrom(fee, 8, worldpaySettlement)
    assert.ok(read.kind === 'line')
    assert.deepEqual([read.line.reference, read.line.amountMinor, read.line.feeMinor], ['', 0n, 2500n])
  })

  it('is refused where sign, fee and net amount do not go together: the layout is another one', () => {
    const wrong = (more: Partial<typeof record>): string => {
      const read = lineFrom({ ...record, ...more }, 7, worldpaySettlement)
      return read.kind === 'bad' ? `${read.column}: ${read.text}` : read.kind
    }
    assert.match(wrong({ Amount: '5.00' }), /^Amount: an amount with a minus for 'refunded' is expected/)
    assert.match(
      wrong({ 'Net Amount': '-5.00' }),
      /^Net Amount: the amount less the fee, -5\.10, is expected/,
    )
    assert.match(wrong({ Commission: 'none' }), /^Commission: digits/)
    assert.match(wrong({ Event: 'toString' }), /^Event: one of CAPTURED, /)
    assert.match(wrong({ Reference: 're 1' }), /^Reference: 1 to 64/)
  })
})

describe('a mapping of columns', () => {
  it('is taken as it is written in JSON', () => {
    assert.deepEqual(checkedColumns(JSON.parse(JSON.stringify(worldpaySettlement))), worldpaySettlement)
  })

  it('is refused with the name of the field that is wrong, and what is allowed', () => {
    const { columns, kinds } = worldpaySettlement
    const wrongs: readonly (readonly [object, RegExp])[] = [
      [{ columns: { ...columns, amount: 7 } }, /'columns\.amount' is allowed to be the name of a column/],
      [{ columns: { ...columns, fee: columns.amount } }, /'columns' is allowed to be names that differ/],
      [{ columns: { ...columns, other: 'x' } }, /'columns\.other' is allowed to be absent/],
      [{ kinds: { ...kinds, PAID: 'paid' } }, /'kinds\.PAID' is allowed to be one of captured/],
      [{ kinds: {} }, /'kinds' is allowed to be 1 to 200 words/],
      [{ dateFormat: 'yesterday' }, /'dateFormat' is allowed to be 'iso', or a pattern/],
      [{ timeZone: 'Paris' }, /'timeZone' is allowed to be 'Z', or/],
      [{ amountSigns: 'maybe' }, /'amountSigns' is allowed to be "unsigned", "signed"/],
      [{ decimalMark: ',', groupMark: ',' }, /'groupMark' is allowed to be another mark/],
      [{ delimiter: 'x' }, /'delimiter' is allowed to be absent, ","/],
      [{ more: 1 }, /'the mapping\.more' is allowed to be absent/],
    ]
    for (const [more, why] of wrongs) {
      assert.throws(
        () => checkedColumns({ ...worldpaySettlement, ...more }),
        (error) => error instanceof CounterfoilError && error.code === 'CF_CONFIG' && why.test(error.message),
        String(why),
      )
    }
    assert.throws(() => checkedColumns([]), /an object/)
  })
})
