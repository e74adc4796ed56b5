import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeAndCaptureProcess } from '../pipeline/defaults.ts'
import { assertNoCard, type Bed, card, cardModule, NUMBER, onBed, settle } from './bed.test-data.ts'
import { Machine, Outage } from './outage.test-data.ts'

const MINUTE_MS = 60_000

/** All that can happen without the clock, also what takes several turns. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await settle()
}

/** A payment whose answer the journal does not take: the PSP has charged, and the payer waits. */
async function answered(bed: Bed, machine: Machine, outage: Outage) {
  const cf = await bed.engine({ spool: machine.spool() })
  bed.network.on('charge', { kind: 'held' })
  const paying = cf.pay(bed.request({ waitMs: 1_000 }))
  await settled()
  outage.isAway = true
  bed.network.release()
  await settled()
  // At the first try that failed: the process may end before the next one.
  assert.equal(cf.spool?.usable !== true || cf.spool.entries, 1)
  await bed.advance(1_000)
  const result = await paying
  assert.equal(result.next.kind, 'wait')
  return { cf, id: result.id }
}

describe('an answer that the journal cannot take', () => {
  it(
    'is kept aside and written down when the journal is back: the PSP is not asked again (F7)',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const machine = new Machine()
      const { cf, id } = await answered(bed, machine, outage)
      assert.equal(cf.spool?.entries, 1)
      // Longer than anybody tries to write it.
      await bed.advance(10 * MINUTE_MS)
      assert.ok(bed.logs.some(({ message }) => message.includes('left to recovery')))
      assert.equal(cf.spool?.entries, 1)
      outage.isAway = false
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
      assert.equal(bed.network.times('charge'), 1)
      assert.equal(bed.network.times('inquiry'), 0)
      assert.equal(cf.spool?.entries, 0)
    }),
  )

  it(
    'is written down by a later process too, and what follows from it is sent once (F7)',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const machine = new Machine()
      const modules = [cardModule({ pipelines: { process: authorizeAndCaptureProcess } })]
      const cf = await bed.engine({ spool: machine.spool(), modules })
      bed.network.on('charge', { kind: 'held' })
      const paying = cf.pay(bed.request({ waitMs: 1_000 }))
      await settled()
      outage.isAway = true
      bed.network.release()
      await bed.advance(1_000)
      const { id } = await paying
      const stopping = cf.stop({ deadlineMs: 1_000 })
      await bed.advance(5_000)
      await stopping
      machine.powerCut()
      outage.isAway = false
      const next = await bed.engine({ spool: machine.spool(), modules })
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
      assert.deepEqual(bed.operations(id), ['authorize approved', 'capture done'])
      assert.equal(bed.network.times('capture'), 1)
      const intent = bed.store
        .history(id)
        .find(({ events }) =>
          events.some((event) => event.type === 'operation-intended' && event.operation.kind === 'capture'),
        )
      assert.equal(intent?.events[0]?.type, 'owner-changed', 'who sends owns it')
      assert.equal(bed.payment(id).owner, 'node-2')
      assert.equal(bed.payment(id).cases.length, 0)
      assert.equal(next.spool?.entries, 0)
    }),
  )

  it(
    'that says no is believed as well, and the order can be paid again',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const machine = new Machine()
      const cf = await bed.engine({ spool: machine.spool() })
      bed.network.on('charge', { kind: 'held' })
      const paying = cf.pay(bed.request({ waitMs: 1_000, card: card('REFUSED') }))
      await settled()
      outage.isAway = true
      bed.network.release()
      await bed.advance(2 * MINUTE_MS)
      const { id } = await paying
      outage.isAway = false
      await bed.advance(MINUTE_MS)
      assert.deepEqual(bed.operations(id), ['sale declined'])
      assert.equal(bed.network.times('inquiry'), 0)
      assert.equal((await cf.order('order-1')).state, 'open')
    }),
  )

  for (const [holder, told] of [
    ['Jane Doe', ['paid', 'basket', 'mail']],
    ['REFUSED', ['cancelled']],
  ] as const) {
    it(
      `of a commit that was written all the same is found to be there, and written once (F8): ${holder}`,
      onBed(async (bed) => {
        const outage = new Outage(bed)
        const machine = new Machine()
        const cf = await bed.engine({ spool: machine.spool() })
        bed.network.on('charge', { kind: 'held' })
        const paying = cf.pay(bed.request({ waitMs: 1_000, card: card(holder) }))
        await settled()
        outage.losesAnswer = true
        outage.isAway = true
        bed.network.release()
        await bed.advance(5 * MINUTE_MS)
        await paying
        assert.equal(cf.spool?.entries, 1)
        const written = bed.committed()
        outage.isAway = false
        await bed.advance(5_000)
        assert.equal(cf.spool?.entries, 0)
        await bed.advance(MINUTE_MS)
        assert.equal(bed.committed() - written, 1, 'only that the shop was told')
        assert.deepEqual(bed.words(), told)
      }),
    )
  }

  it(
    'is late evidence when another node has the payment by then, and prompts that one to ask',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const machine = new Machine()
      const { cf, id } = await answered(bed, machine, outage)
      const stopping = cf.stop({ deadlineMs: 1_000 })
      await bed.advance(5_000)
      await stopping
      outage.isAway = false
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 1_000)
      await bed.engine()
      await bed.advance(2 * MINUTE_MS)
      assert.equal(bed.payment(id).fence, 2)
      const third = await bed.engine({ spool: machine.spool() })
      await bed.advance(5_000)
      const kept = bed.store.history(id).flatMap(({ events }) => events)
      assert.ok(kept.some((event) => event.type === 'evidence-kept' && event.evidence.source === 'answer'))
      assert.equal(third.spool?.entries, 0)
      assert.equal(bed.payment(id).status, 'in-progress', 'it decides nothing by itself')
      bed.network.clear()
      await bed.advance(10 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
    }),
  )

  it(
    'is left in the file by a stop, which keeps to its deadline',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const machine = new Machine()
      const { cf } = await answered(bed, machine, outage)
      let stopped = false
      const stopping = cf.stop({ deadlineMs: 2_000 }).then(() => (stopped = true))
      await bed.advance(1_500)
      assert.equal(stopped, false)
      await bed.advance(1_000)
      assert.equal(stopped, true)
      await stopping
      const left = machine.spool()
      await left.open({ nodeId: 'a look' })
      assert.equal(left.size, 1)
      const text = (machine.disk.durable as Buffer).toString('latin1')
      assert.match(text, /"finding":\{"kind":"approved"/)
      assertNoCard(text)
      assert.ok(!text.includes(NUMBER.slice(0, 12)))
    }),
  )

  /** Two answers in the spool while the journal is away, the first of them of a payment that something is wrong with. */
  async function twoAnswers(bed: Bed, outage: Outage) {
    bed.order('order-2', 500n)
    const cf = await bed.engine({ spool: new Machine().spool(), limits: { parkedForMs: 30 * MINUTE_MS } })
    bed.network.on('charge', { kind: 'held' }, 2)
    const paying = [
      cf.pay(bed.request({ waitMs: 1_000 })),
      cf.pay(bed.request({ waitMs: 1_000, orderId: 'order-2', key: 'key-00000002' })),
    ]
    await settled()
    outage.isAway = true
    bed.network.release()
    await bed.advance(5 * MINUTE_MS)
    const [poisoned, good] = (await Promise.all(paying)).map(({ id }) => id)
    return { cf, poisoned: poisoned ?? '', good: good ?? '' }
  }
  const parked = (bed: Bed) =>
    bed.logs
      .filter(({ message }) => message.includes('is parked'))
      .map(({ paymentId, level }) => [paymentId, level])

  it(
    'whose payment the journal does not have is parked and in nobody’s way, and given up in the end (F22)',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const { cf, poisoned, good } = await twoAnswers(bed, outage)
      outage.lost = (paymentId) => paymentId === poisoned
      outage.isAway = false
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(good).status, 'paid')
      assert.equal(cf.spool?.entries, 1)
      assert.deepEqual(parked(bed), [[poisoned, 'error']])
      await bed.advance(70 * MINUTE_MS)
      assert.equal(cf.spool?.entries, 0)
      assert.ok(bed.logs.some(({ message }) => message.includes('is given up')))
    }),
  )

  it(
    'whose payment cannot be read is parked and in nobody’s way, and kept until it can (F22)',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const { cf, poisoned, good } = await twoAnswers(bed, outage)
      outage.unreadable = (paymentId) => paymentId === poisoned
      outage.isAway = false
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(good).status, 'paid')
      assert.deepEqual(parked(bed), [[poisoned, 'error']])
      await bed.advance(120 * MINUTE_MS)
      assert.equal(cf.spool?.entries, 1)
      outage.unreadable = () => false
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 10_000)
      await bed.advance(70 * MINUTE_MS)
      assert.equal(cf.spool?.entries, 0)
      assert.equal(bed.payment(poisoned).status, 'paid')
    }),
  )

  it(
    'costs an inquiry when the spool is lost, and never money',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const machine = new Machine()
      const { cf, id } = await answered(bed, machine, outage)
      const stopping = cf.stop({ deadlineMs: 1_000 })
      await bed.advance(5_000)
      await stopping
      outage.isAway = false
      await bed.engine({ spool: new Machine().spool() })
      await bed.advance(5 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
      assert.ok(bed.network.times('inquiry') > 0)
      assert.equal(bed.network.times('charge'), 1)
      assert.equal(bed.network.ledger(bed.charge(id).reference)?.liveExecutions, 1)
    }),
  )

  it(
    'costs an inquiry when the spool cannot be written, or not even opened',
    onBed(async (bed) => {
      for (const broken of ['write', 'open'] as const) {
        const outage = new Outage(bed)
        const machine = new Machine()
        if (broken === 'open') machine.disk.seen = Buffer.from('the notes of somebody else')
        else machine.disk.fault = (what) => (what === 'write' ? 'EROFS' : undefined)
        const orderId = `order-${broken}`
        bed.order(orderId, 700n)
        const cf = await bed.engine({ spool: machine.spool() })
        assert.equal(cf.spool?.usable, broken === 'write')
        bed.network.on('charge', { kind: 'held' })
        const paying = cf.pay(bed.request({ waitMs: 1_000, orderId, key: `key-of-${broken}` }))
        await settled()
        outage.isAway = true
        bed.network.release()
        await bed.advance(3 * MINUTE_MS)
        const { id } = await paying
        outage.isAway = false
        await bed.advance(5 * MINUTE_MS)
        assert.equal(bed.payment(id).status, 'paid', broken)
        assert.equal(bed.network.ledger(bed.charge(id).reference)?.liveExecutions, 1)
      }
    }),
  )
})

describe('a spool past its high-water mark', () => {
  it(
    'refuses new payments before anything is sent, takes the answers to those under way, and goes back by itself',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const machine = new Machine()
      const cf = await bed.engine({ spool: machine.spool(3_000) })
      assert.equal(cf.ready, true)
      const many = Array.from({ length: 8 }, (_, index) => index)
      bed.network.on('charge', { kind: 'held' }, many.length)
      const paying = many.map((index) => {
        bed.order(`many-${index}`, 300n)
        return cf.pay(bed.request({ waitMs: 1_000, orderId: `many-${index}`, key: `key-many-${index}` }))
      })
      await settled()
      outage.isAway = true
      bed.network.release()
      await bed.advance(1_000)
      const begun = await Promise.all(paying)
      assert.equal(cf.spool?.entries, many.length)
      assert.equal(cf.spool?.pastHighWater, true)
      assert.equal(cf.ready, false)
      const sent = bed.network.sent.length
      outage.isAway = false
      // The journal is back, and what is kept is not written down yet.
      await assert.rejects(cf.pay(bed.request({ key: 'key-new-one' })), {
        code: 'CF_SPOOL_FULL',
        status: 503,
        retry: 'later',
      })
      assert.equal(bed.network.sent.length, sent)
      // A form that is sent again finds its payment all the same (F1).
      const again = await cf.pay(bed.request({ orderId: 'many-0', key: 'key-many-0' }))
      assert.equal(again.id, begun[0]?.id)
      await bed.advance(2 * MINUTE_MS)
      for (const { id } of begun) assert.equal(bed.payment(id).status, 'paid')
      assert.equal(cf.ready, true)
      assert.equal((await cf.pay(bed.request({ key: 'key-new-one' }))).status, 'paid')
    }),
  )
})
