import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { powerCut } from '../../chaos/disk.ts'
import { faults } from '../../chaos/catalogue.ts'
import { ofHistory } from '../../chaos/histories.ts'
import { longestInDoubtMs } from '../../chaos/in-doubt.ts'
import { lostAnswers } from '../../chaos/lost-answers.ts'
import type { LedgerOrder } from '../../demo/premises.ts'
import { textOf } from '../../scripts/program.ts'
import type { StoredAppend } from '../../src/journal/journal.ts'
import type { PaymentEvent } from '../../src/payment/events.ts'
import { finding, Story } from '../../src/payment/story.test-data.ts'
import { Random } from '../simulation/random.ts'

const booked = (orderCode: string, liveMinor: string): LedgerOrder => ({
  orderCode,
  executions: 1,
  liveExecutions: liveMinor === '0' ? 0 : 1,
  authorisedMinor: liveMinor,
  capturedMinor: liveMinor,
  liveMinor,
  pending: 0,
  entries: [],
})

function approved(): Story {
  const story = new Story('sale')
  story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
  return story
}

describe('a lost answer', () => {
  const { payment, charge } = approved()
  const live = String(charge.amountMinor)

  it('is none where ledger and journal say the same', () => {
    assert.deepEqual(lostAnswers([payment], [booked(charge.reference, live)]), [])
  })

  it('is an approved charge that the provider does not have, or has with another amount', () => {
    assert.equal(lostAnswers([payment], []).length, 1)
    assert.equal(lostAnswers([payment], [booked(charge.reference, '1')]).length, 1)
  })

  it('is a charge that stands at the provider and is declined, or unknown, here', () => {
    const story = new Story('sale')
    const { reference } = story.charge
    story.conclude(reference, finding('declined', 'answer', story.nowMs))
    assert.equal(lostAnswers([story.payment], [booked(reference, live)]).length, 1)
    assert.equal(lostAnswers([], [booked(reference, '0')]).length, 1)
  })
})

describe('a doubt', () => {
  const append = (atMs: number, ...events: readonly unknown[]): StoredAppend => ({
    version: 1,
    atMs,
    fence: 1,
    events: events as readonly PaymentEvent[],
  })
  const intended = append(1_000, { type: 'operation-intended', operation: { reference: 'r' } })
  const doubted = append(3_000, { type: 'operation-doubted', reference: 'r' })
  const moved = append(9_000, { type: 'operation-moved', reference: 'r', to: 'approved' })

  it('lasts from what was written down before it was sent to how it ended', () => {
    assert.equal(longestInDoubtMs([intended, doubted, moved]), 8_000)
    assert.equal(longestInDoubtMs([intended, moved]), 0)
  })

  it('ends as a case where it does not end otherwise', () => {
    const opened = append(5_000, { type: 'case-opened', reference: 'r' })
    assert.equal(longestInDoubtMs([intended, doubted, opened, moved]), 4_000)
  })
})

describe('a history', () => {
  const { payment, events } = approved()
  const append = (event: PaymentEvent, index: number): StoredAppend => ({
    version: index + 1,
    atMs: index,
    fence: 1,
    events: [event],
  })
  const history = events.map(append)
  const version = history.length
  const whats = (of: Parameters<typeof ofHistory>[0]): readonly string[] =>
    ofHistory(of).map(({ what }) => what.replace(/^payment \w+: /, ''))

  it('that is whole and folds to its snapshot is no difference', () => {
    assert.deepEqual(whats({ payment, version, history }), [])
  })

  it('that has a gap, or a fence that goes back, is one', () => {
    const gap = history.map((each, index) => (index === 1 ? { ...each, version: 9 } : each))
    assert.deepEqual(whats({ payment, version, history: gap }), ['appends of its history'])
    const back = history.map((each, index) => ({ ...each, fence: index === 0 ? 2 : 1 }))
    assert.deepEqual(whats({ payment, version, history: back }), ['fences of its history'])
  })

  it('that folds to something else than its snapshot is one', () => {
    const other = { ...payment, fence: 7 }
    assert.deepEqual(whats({ payment: other, version, history }), ['its history and its snapshot'])
    assert.deepEqual(whats({ payment, version: 0, history: [] }), ['its history and its snapshot'])
  })
})

describe('a power cut', () => {
  it('leaves of each sector what was there or what was written, and nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-power-'))
    try {
      const file = join(folder, 'file')
      writeFileSync(file, Buffer.alloc(10_240, 'n'))
      powerCut(file, Buffer.alloc(10_240, 'o'), new Random(1))
      const left = readFileSync(file)
      const sectors = Array.from({ length: 20 }, (_, index) =>
        left.subarray(index * 512, (index + 1) * 512).toString(),
      )
      assert.ok(sectors.every((sector) => /^(?:o{512}|n{512})$/.test(sector)))
      assert.equal(new Set(sectors).size, 2)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('docs/reference/chaos.md', () => {
  const page = textOf('docs/reference/chaos.md')

  it('has a line for every fault, and for no other', () => {
    const section = page.slice(page.indexOf('## The faults'), page.indexOf('## What is compared'))
    const listed = [...section.matchAll(/^\| ([a-z][^|]*) \|/gm)].map(([, name = '']) => name.trim())
    assert.deepEqual(
      listed,
      faults.map(({ name }) => name),
    )
  })
})
