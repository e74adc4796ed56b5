import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Bed, type Site } from './bed.ts'
import { AWAY_FILE, SPOOL_FILE } from './settings.ts'

const WITHIN_MS = 30_000
const POLL_MS = 20
const ORDER = 'order-1'
/** The journal is taken away while the PSP keeps its answer back for so long. */
const ANSWER_LATE_MS = 600

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + WITHIN_MS
  while (!(await holds())) {
    assert.ok(performance.now() < endMs, `within ${WITHIN_MS} ms: ${what}`)
    await sleep(POLL_MS)
  }
}

describe('a server whose journal goes away after the send, and which is killed then (F7, F9)', () => {
  let bed: Bed
  before(async () => {
    bed = await Bed.open({ dedup: false })
  })
  after(() => bed.close())

  /** The PSP has charged, its answer is in the spool alone, and the process is dead. */
  async function killedWithTheAnswerAside(): Promise<Site> {
    const site = bed.site()
    site.shop.addOrders([{ id: ORDER, amountMinor: 1_999n }])
    const node = site.start({ spool: true })
    await node.whenReady()
    await bed.setFault({ kind: 'late', on: 'charge', delayMs: ANSWER_LATE_MS })
    const paid = site.pay({ orderId: ORDER, key: 'the-key-1', holder: 'Jane Doe' })
    await until('it is written down', async () => (await site.payments()).length === 1)
    writeFileSync(join(site.folder, AWAY_FILE), '')
    const spooled = (): string => readFileSync(join(site.folder, SPOOL_FILE), 'latin1')
    await until('the answer is in the spool', () => spooled().includes('"finding":{"kind":"approved"'))
    assert.deepEqual(await node.kill(), { code: null, signal: 'SIGKILL' }, node.printed)
    assert.equal(await paid, undefined)
    rmSync(join(site.folder, AWAY_FILE))
    const [payment] = await site.payments()
    assert.equal(payment?.operations[0]?.state, 'intended', 'the journal knows of no answer')
    return site
  }

  /** Starts again, comes to an end that everybody agrees on, and answers what told of it. */
  async function recovered(site: Site): Promise<string | undefined> {
    const node = site.start({ spool: true })
    await node.whenReady()
    await until('it is paid', async () => (await site.payments())[0]?.status === 'paid')
    await site.settle(WITHIN_MS)
    const [payment] = await site.assertAgreement()
    assert.deepEqual(payment?.cases, [])
    assert.equal(site.shop.states().get(ORDER), 'paid')
    node.signal('SIGTERM')
    assert.deepEqual(await node.whenGone(), { code: 0, signal: null }, node.printed)
    return payment?.operations[0]?.evidence?.source
  }

  it('writes the answer down when it starts again: the PSP is not asked', { timeout: 60_000 }, async () => {
    assert.equal(await recovered(await killedWithTheAnswerAside()), 'answer')
  })

  it('asks the PSP when the spool is lost with it: no money is', { timeout: 60_000 }, async () => {
    const site = await killedWithTheAnswerAside()
    rmSync(join(site.folder, SPOOL_FILE))
    assert.equal(await recovered(site), 'inquiry')
  })

  it('leaves the card nowhere, the spool included (S8)', () => bed.assertNoCard())
})
