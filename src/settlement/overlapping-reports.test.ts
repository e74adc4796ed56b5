import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { AMOUNT_MINOR, type Story } from '../payment/story.test-data.ts'
import type { SettlementLine } from './line.ts'
import { approved, compared, done, line, missing, words } from './report.test-data.ts'

/** Captures and refunds in parts, with the lines that a provider reports of them. */
function lived(captures: readonly bigint[], refunds: readonly bigint[], named: boolean) {
  const story = approved('authorize')
  const lines: SettlementLine[] = []
  let [capturedMinor, refundedMinor] = [0n, 0n]
  const book = (kind: 'capture' | 'refund', amountMinor: bigint): void => {
    const modification = done(story, kind, amountMinor)
    const number = { pspReference: `T${lines.length}` }
    lines.push(
      line(
        kind === 'capture' ? 'captured' : 'refunded',
        amountMinor,
        named ? { modification, ...number } : number,
      ),
    )
  }
  for (const amountMinor of captures) {
    if (capturedMinor + amountMinor > AMOUNT_MINOR) continue
    capturedMinor += amountMinor
    book('capture', amountMinor)
  }
  for (const amountMinor of refunds) {
    if (refundedMinor + amountMinor > capturedMinor) continue
    refundedMinor += amountMinor
    book('refund', amountMinor)
  }
  return { story, lines }
}

const amounts = fc.array(fc.constantFrom(100n, 250n, 500n, 700n), { maxLength: 5 })
const life = fc.record({
  captures: amounts,
  refunds: amounts,
  named: fc.boolean(),
  order: fc.infiniteStream(fc.nat(99)),
})

/** The lines in any order, in reports that overlap. */
function reportsOf(lines: readonly SettlementLine[], order: Iterable<number>): readonly SettlementLine[][] {
  const chance = order[Symbol.iterator]()
  const next = (): number => Number(chance.next().value ?? 0)
  const shuffled = lines.map((one) => ({ one, at: next() })).toSorted((a, b) => a.at - b.at)
  const split = lines.length === 0 ? 0 : next() % (lines.length + 1)
  const all = shuffled.map(({ one }) => one)
  return [all.slice(0, split), all.slice(Math.max(0, split - 2)), all]
}

const clean = (story: Story): void => {
  assert.deepEqual(missing(story), [])
  assert.deepEqual(story.payment.cases, [])
}

describe('reports in any order, with overlaps', () => {
  it('agree with what was done in parts, and leave nothing missing', () => {
    fc.assert(
      fc.property(life, ({ captures, refunds, named, order }) => {
        const { story, lines } = lived(captures, refunds, named)
        for (const report of reportsOf(lines, order)) {
          assert.deepEqual(
            new Set(words(compared(story, ...report))),
            new Set(report.length === 0 ? [] : ['agrees']),
          )
        }
        assert.equal(story.events.filter(({ type }) => type === 'settled').length, lines.length)
        clean(story)
      }),
      { numRuns: 300 },
    )
  })

  it('have exactly the break that was put into them', () => {
    const fault = fc.constantFrom('missing' as const, 'wrong' as const, 'twice' as const)
    fc.assert(
      fc.property(life, fc.nat(), fault, ({ captures, refunds, named, order }, at, kind) => {
        const { story, lines } = lived(captures, refunds, named)
        const struck = lines[at % Math.max(1, lines.length)]
        if (struck === undefined) return
        const broken = lines.flatMap((one): readonly SettlementLine[] => {
          if (one !== struck) return [one]
          if (kind === 'missing') return []
          return kind === 'twice'
            ? [one, { ...one, occurrence: 2 }]
            : [{ ...one, amountMinor: one.amountMinor + 1n }]
        })
        for (const report of reportsOf(broken, order)) compared(story, ...report)
        const lost = missing(story)
        const reasons = story.payment.cases.map(({ reason }) => reason)
        assert.deepEqual(reasons, [kind === 'missing' ? 'settlement-missing' : 'settlement-differs'])
        assert.equal(lost.length, kind === 'missing' ? 1 : 0)
      }),
      { numRuns: 300 },
    )
  })
})
