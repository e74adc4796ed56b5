import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { LineFile } from '../line-file.ts'
import { openBooks, resetBooks, saveOrder } from './books.ts'
import { hostedOrder, payHosted } from './hosted.ts'
import { dueNotifications, nextNotificationMs, notificationDelivered } from './notifications.ts'
import { Bench, MERCHANT, order, secondLeg, secured } from './samples.test-data.ts'
import type { WorldpayState } from './state.ts'
import { completeChallenge } from './three-d-secure.ts'

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-books-'))
})
after(() => rmSync(folder, { recursive: true }))

const OPTIONS = { merchantCode: MERCHANT, notificationUrl: 'kept', notifyBatchMs: 0 }

/** A PSP with a data file; `restart` kills it and starts another from the file. */
class KeptBench extends Bench {
  readonly path: string
  file: LineFile

  constructor(name: string, from?: Bench) {
    const path = join(folder, name)
    const file = new LineFile(path)
    super(OPTIONS)
    this.path = path
    this.file = file
    Object.assign(this.state, openBooks(OPTIONS, file))
    if (from !== undefined) this.nowMs = from.nowMs
  }

  save(orderCode: string): void {
    saveOrder(this.state, this.file, orderCode)
  }

  restart(name: string): KeptBench {
    this.file.close()
    return new KeptBench(name, this)
  }
}

const events = (state: WorldpayState, nowMs: number) =>
  dueNotifications(state, nowMs, 100).map(({ orderCode, event }) => `${orderCode} ${event}`)

describe('the data file', () => {
  it('keeps a hosted page: its ticket, its attempts and its expiry', () => {
    let bench = new KeptBench('hosted')
    const first = bench.register()
    bench.save('h1')
    const ticket = bench.register()
    bench.save('h1')
    payHosted(bench.state, ticket, { method: 'IDEAL-SSL', result: 'failed' }, bench.nowMs)
    bench.save('h1')
    const shown = hostedOrder(bench.state, ticket, bench.nowMs)
    bench = bench.restart('hosted')
    assert.deepEqual(hostedOrder(bench.state, ticket, bench.nowMs), shown)
    assert.equal(hostedOrder(bench.state, first, bench.nowMs), undefined)
    assert.notEqual(bench.register(), ticket)
    bench.file.close()
  })

  it('keeps a challenge until its second leg, and not after', () => {
    let bench = new KeptBench('challenge')
    const { response } = bench.handle(secured('3DS_V2_CHALLENGE_IDENTIFIED'))
    bench.save('o1')
    const transactionId = /<transactionId3DS>(\w+)</.exec(response.body)?.[1] ?? ''
    const cookie = response.headers['set-cookie']?.split(';')[0]
    bench = bench.restart('challenge')
    assert.equal(completeChallenge(bench.state, transactionId, 'passed', bench.nowMs), true)
    bench.save('o1')
    bench = bench.restart('challenge')
    assert.match(bench.handle(secondLeg(), cookie).response.body, /AUTHORISED/)
    bench.save('o1')
    bench = bench.restart('challenge')
    assert.match(bench.handle(secondLeg(), cookie).response.body, /Could not find order/)
    assert.equal(bench.state.waitingCount, 0)
    assert.ok(!readFileSync(bench.path, 'utf8').includes('4444333322221111'))
    bench.file.close()
  })

  it('keeps what is still to be told, in its order, and forgets what was acknowledged', () => {
    let bench = new KeptBench('told')
    for (const orderCode of ['o1', 'o2']) {
      bench.send(order({ orderCode, captureDelay: '0' }))
      bench.save(orderCode)
    }
    const [first] = dueNotifications(bench.state, bench.nowMs, 1)
    notificationDelivered(bench.state, first?.id ?? '', true, bench.nowMs)
    bench.save('o1')
    bench = bench.restart('told')
    assert.deepEqual(events(bench.state, bench.nowMs), ['o2 AUTHORISED'])
    assert.equal(nextNotificationMs(bench.state), bench.nowMs)
    // What takes effect while nobody runs is told by the next who does.
    bench.pass(5_000)
    bench = bench.restart('told')
    assert.deepEqual(events(bench.state, bench.nowMs), ['o2 AUTHORISED', 'o1 CAPTURED', 'o2 CAPTURED'])
    bench.send(order({ orderCode: 'o3' }))
    const ids = bench.state.notifications.messages.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    bench.file.close()
  })

  it('forgets everything at a reset, but gives no number twice', () => {
    const bench = new KeptBench('reset')
    bench.send(order())
    bench.register()
    bench.send(secured('3DS_V2_CHALLENGE_IDENTIFIED', { orderCode: 'o2' }))
    const { counter } = bench.state
    const [before] = dueNotifications(bench.state, bench.nowMs, 1)
    resetBooks(bench.state, bench.file)
    const { orders, registrations, authentications, tickets, challenges, waitingCount } = bench.state
    for (const each of [orders, registrations, authentications, tickets, challenges]) {
      assert.equal(Object.keys(each).length, 0)
    }
    assert.deepEqual(
      [waitingCount, nextNotificationMs(bench.state), bench.state.counter],
      [0, undefined, counter],
    )
    bench.send(order())
    assert.notEqual(dueNotifications(bench.state, bench.nowMs, 1)[0]?.id, before?.id)
    bench.file.close()
  })

  it('of an older version is read as it is', () => {
    const file = new LineFile(join(folder, 'older'))
    const old = new Bench()
    old.send(order())
    file.append({ order: old.state.orders['o1'], counter: 7 })
    file.close()
    const bench = new KeptBench('older', old)
    assert.deepEqual([bench.lastEvent(), bench.state.counter], ['AUTHORISED', 7])
    bench.file.close()
  })
})
