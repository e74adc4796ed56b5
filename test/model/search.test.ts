import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type Found, search } from '../../model/search.ts'
import { ensureTools } from '../../model/tools.ts'
import type { Variant } from '../../model/variants.ts'

const NEVER = new AbortController().signal
/** One payment in the sound model: less than a second, with nothing found. */
const small: Variant = {
  name: 'small',
  model: 'charge',
  flags: ['N=1'],
  expected: 'holds',
  unreached: ['found live after the waiting rule, and reversed'],
}

ensureTools((line) => process.stderr.write(`${line}\n`))
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-search-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let searches = 0
function searched(change: Partial<Variant>, secondsMax = 60, signal = NEVER): Promise<Found> {
  return search({ ...small, ...change }, join(folder, String(searches++)), secondsMax, signal)
}

describe('a search', () => {
  it('that was whole and found nothing says that all holds', async () => {
    const { verdict, isAsExpected, states } = await searched({})
    assert.deepEqual({ verdict, isAsExpected }, { verdict: 'holds', isAsExpected: true })
    assert.ok(states > 1_000)
  })

  it('that did not go to the end of every path is cut off, and never as expected', async () => {
    const { verdict, isAsExpected, why } = await searched({ depthMax: 20 })
    assert.deepEqual({ verdict, isAsExpected }, { verdict: 'cut off', isAsExpected: false })
    assert.equal(why, 'error: max search depth too small')
    const unrefuted = await searched({ depthMax: 5, flags: ['N=1', 'M_NOT_FOUND_CLOSES'], expected: 'S3' })
    assert.deepEqual([unrefuted.verdict, unrefuted.isAsExpected], ['cut off', false])
  })

  it('that takes too long, or is interrupted, is cut off', async () => {
    const late = await searched({ flags: ['N=3'] }, 1)
    assert.deepEqual([late.verdict, late.isAsExpected], ['cut off', false])
    assert.equal(late.why, 'it took longer than 1 s')
    const interrupted = new AbortController()
    const running = searched({ flags: ['N=3'] }, 60, interrupted.signal)
    setTimeout(() => interrupted.abort(), 500)
    const { verdict, why } = await running
    assert.deepEqual({ verdict, why }, { verdict: 'cut off', why: 'it was interrupted' })
  })

  it('that finds a mistake where all should hold is not as expected, and names the invariant', async () => {
    const { verdict, isAsExpected, why } = await searched({ flags: ['N=1', 'M_TIMEOUT_IS_DECLINE'] })
    assert.equal(verdict, 'S3_closed_is_not_live')
    assert.equal(isAsExpected, false)
    assert.match(why ?? '', /assertion violated/)
  })

  it('that finds nothing where a mistake should be refuted, or another invariant, is not as expected', async () => {
    const nothing = await searched({ expected: 'S1' })
    assert.deepEqual([nothing.verdict, nothing.isAsExpected], ['holds', false])
    const another = await searched({ flags: ['N=1', 'M_TIMEOUT_IS_DECLINE'], expected: 'S1' })
    assert.deepEqual([another.verdict, another.isAsExpected], ['S3_closed_is_not_live', false])
  })

  it('in which a story is not reached that should be, or is that should not, is not as expected', async () => {
    const missed = await searched({ unreached: [] })
    assert.deepEqual([missed.verdict, missed.isAsExpected], ['holds', false])
    assert.equal(missed.why, 'not reached: found live after the waiting rule, and reversed')
    const tooMuch = await searched({ unreached: [...(small.unreached ?? []), 'paid at the first try'] })
    assert.equal(tooMuch.isAsExpected, false)
  })

  it('of a model that cannot be built says why', async () => {
    const { verdict, isAsExpected, why } = await searched({ flags: ['N=pink'] })
    assert.deepEqual({ verdict, isAsExpected }, { verdict: 'not built', isAsExpected: false })
    assert.match(why ?? '', /pink/)
  })
})
