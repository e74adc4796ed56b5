import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { CounterfoilError } from '../errors.ts'
import { worldpaySettlement } from '../gateways/worldpay/settlement.ts'
import type { ColumnMapping } from './columns.ts'
import { readReport } from './csv.ts'
import type { ReadLine } from './record.ts'
import { LINE_CHARACTERS_MAX } from './text-lines.ts'

const plain: ColumnMapping = {
  columns: { reference: 'ref', kind: 'what', amount: 'amount', currency: 'cur', date: 'day' },
  kinds: { PAID: 'captured', BACK: 'refunded', AUTH: 'ignore' },
  dateFormat: 'iso',
  amountSigns: 'unsigned',
}
const HEAD = 'ref,what,amount,cur,day\n'
const good = (ref: string): string => `${ref},PAID,19.99,GBP,2026-01-31\n`

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(
  text: string | Uint8Array,
  mapping: ColumnMapping = plain,
  size = 1_000,
): Promise<readonly ReadLine[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const lines: ReadLine[] = []
  for await (const one of readReport(inPieces(bytes, size), mapping)) lines.push(one)
  return lines
}

/** `a`, or `3: column: what is wrong`. */
const told = (lines: readonly ReadLine[]): readonly string[] =>
  lines.map((one) => {
    if (one.kind === 'ignored') return 'ignored'
    return one.kind === 'line' ? one.line.reference : `${one.lineNumber}: ${one.column}: ${one.text}`
  })

describe('a settlement report', () => {
  it('is read in whatever pieces it comes, with any line ends, quotes, and a byte order mark', async () => {
    const text = `\uFEFF"ref", what ,amount,cur,day,"a note"\r\na,PAID,19.99,GBP,2026-01-31,"two\r\nlines, ""both"" his"\r\n\r\nb,PAID,1,GBP,2026-01-31,\rc,BACK,1,GBP,2026-01-31,x`
    for (const size of [1, 2, 3, 7, 1_000]) {
      const lines = await read(text, plain, size)
      assert.deepEqual(told(lines), ['a', 'b', 'c'], `in pieces of ${size}`)
      assert.deepEqual(
        lines.map((one) => one.kind === 'line' && one.line.lineNumber),
        [2, 5, 6],
      )
    }
    const utf16 = Buffer.from(`\uFEFF${HEAD}${good('a')}`, 'utf16le')
    assert.deepEqual(told(await read(utf16, plain, 3)), ['a'])
  })

  it('tells a bad line by its number and column, and loses nothing of the others', async () => {
    const bad = [
      'x,PAID,19.999,GBP,2026-01-31\n',
      'x,PAID,1e3,GBP,2026-01-31\n',
      'x,PAID,-1,GBP,2026-01-31\n',
      'x,LOST,1,GBP,2026-01-31\n',
      'x,PAID,1,XXX,2026-01-31\n',
      'x,PAID,1,GBP,2026-02-30\n',
      ',PAID,1,GBP,2026-01-31\n',
      'x,PAID,1,GBP\n',
      '"x,PAID,1,GBP,2026-01-31\n',
      'x"y"z,PAID,1,GBP,2026-01-31\n',
      '"x"y,PAID,1,GBP,2026-01-31\n',
      `${'x'.repeat(LINE_CHARACTERS_MAX + 1)}\n`,
      'x,PAID,0,GBP,2026-01-31\n',
    ]
    for (const line of bad) {
      const lines = await read(HEAD + good('a') + line + good('b') + good('c'), plain, 5_000)
      assert.deepEqual(
        told(lines).filter((word) => /^[abc]$/.test(word)),
        ['a', 'b', 'c'],
        line.slice(0, 60),
      )
      const found = lines.filter(({ kind }) => kind === 'bad')
      assert.equal(found.length, 1, line.slice(0, 60))
      assert.match(told(found)[0] ?? '', /^3: /, line.slice(0, 60))
    }
    const [, words] = told(await read(`${HEAD}${good('a')}x,PAID,19.999,GBP,2026-01-31\n`))
    assert.match(
      words ?? '',
      /^3: amount: digits with at most 2 decimal places after '\.'.* is expected, and it is '19\.999'$/,
    )
  })

  it('counts lines with the very same content, so that none is taken for another', async () => {
    const lines = await read(HEAD + good('a') + good('b') + good('a') + good('a'))
    const found = lines.flatMap((one) =>
      one.kind === 'line' ? [`${one.line.reference}${one.line.occurrence}`] : [],
    )
    assert.deepEqual(found, ['a1', 'b1', 'a2', 'a3'])
  })

  it('passes over what the mapping says is about no money', async () => {
    assert.deepEqual(told(await read(`${HEAD}a,AUTH,,GBP,2026-01-31\n${good('b')}`)), ['ignored', 'b'])
  })

  it('is refused as a whole where its first line lacks a column, has one twice, or is not there', async () => {
    for (const [text, why] of [
      ['ref,what,amount,cur\n', /has no column 'day'; there are 'ref', 'what', 'amount', 'cur'/],
      ['ref,what,amount,cur,day,day\n', /has the column 'day' twice/],
      ['"ref,what\n', /its first line: its quotes do not match/],
      ['', /it is empty/],
      ['\n \n', /it is empty/],
    ] as const) {
      await assert.rejects(read(text), (error) => {
        assert.ok(error instanceof CounterfoilError)
        assert.equal(error.code, 'CF_SETTLEMENT_REPORT')
        assert.match(error.message, why)
        return true
      })
    }
  })

  it('never throws on anything behind its first line', async () => {
    const mapping = { ...worldpaySettlement, delimiter: ';' } as const
    const head = Object.values(worldpaySettlement.columns).join(';')
    const field = fc.oneof(fc.string(), fc.constantFrom('"', '\n', '\r', ';', 'GBP', 'CAPTURED', '__proto__'))
    await fc.assert(
      fc.asyncProperty(
        fc.array(field, { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (parts, size) => {
          await read(`${head}\n${parts.join('')}`, mapping, size)
        },
      ),
      { numRuns: 300 },
    )
  })
})
