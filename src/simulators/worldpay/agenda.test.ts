import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addToAgenda, takeFromAgenda } from './agenda.ts'
import type { AgendaEntry } from './state.ts'

describe('the agenda', () => {
  it('gives its entries in the order of their times, and none before its time', () => {
    const agenda: AgendaEntry[] = []
    const times = Array.from({ length: 500 }, (_, index) => (index * 7_919) % 250)
    for (const atMs of times) addToAgenda(agenda, { atMs, orderCode: 'o1' })
    const taken: number[] = []
    for (let nowMs = 0; nowMs < 250; nowMs++) {
      for (;;) {
        const entry = takeFromAgenda(agenda, nowMs)
        if (entry === undefined) break
        assert.equal(entry.atMs, nowMs)
        taken.push(entry.atMs)
      }
    }
    assert.deepEqual(
      taken,
      times.toSorted((one, other) => one - other),
    )
    assert.deepEqual(agenda, [])
  })
})
