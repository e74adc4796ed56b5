import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Gateway } from '../gateway/gateway.ts'
import { account, type Bed, cardModule, onBed, settle } from './bed.test-data.ts'

const MINUTE_MS = 60_000

/** A gateway that fails over one payment, in a way that nobody has thought of. */
function failingOver(reference: () => string | undefined): Gateway {
  const { direct } = account
  return {
    ...direct,
    inquire: {
      ...direct.inquire,
      build: (operation) => {
        if (operation.reference === reference()) throw new Error('poison 4444333322221111')
        return direct.inquire.build(operation)
      },
    },
  }
}

async function doubtful(bed: Bed, count: number, cf: Awaited<ReturnType<Bed['engine']>>): Promise<string[]> {
  bed.network.on('charge', { kind: 'unknown', executed: true }, count)
  const ids: string[] = []
  for (let index = 0; index < count; index++) {
    bed.order(`o${index}`, 1_000n)
    const { id } = await cf.pay(bed.request({ orderId: `o${index}`, key: `key-${index + 10_000_000}` }))
    ids.push(id)
  }
  return ids
}

describe('a payment over which recovery fails again and again (F22)', () => {
  it(
    'delays no other, is looked at less and less, and becomes a case',
    onBed(async (bed) => {
      let poisoned: string | undefined
      const modules = [cardModule({ gateway: failingOver(() => poisoned) })]
      const cf = await bed.engine({ modules, limits: { breakerFailures: 1_000 } })
      const [first = '', ...others] = await doubtful(bed, 30, cf)
      poisoned = bed.charge(first).reference
      await bed.advance(10_000)
      for (const id of others) assert.equal(bed.payment(id).status, 'paid')
      await bed.advance(30 * MINUTE_MS)
      const failures = bed.logs.filter(({ message }) => message.includes('recovery failed')).length
      assert.ok(failures >= 5 && failures <= 7, `${failures}`)
      const [open, ...more] = bed.payment(first).cases
      assert.equal(open?.reason, 'recovery-failed')
      assert.match(open.text, /poison \*+1111/)
      assert.deepEqual(more, [])
      poisoned = undefined
      await bed.advance(70 * MINUTE_MS)
      assert.equal(bed.payment(first).status, 'paid', 'it goes on by itself once the cause is gone')
    }),
  )
})

describe('the case of a payment over which recovery fails', () => {
  const poisonedFrom = async (bed: Bed) => {
    let poisoned: string | undefined
    const modules = [cardModule({ gateway: failingOver(() => poisoned) })]
    const cf = await bed.engine({ modules })
    const [id = ''] = await doubtful(bed, 1, cf)
    poisoned = bed.charge(id).reference
    return { id, cf, modules }
  }
  const openCases = (bed: Bed, id: string) =>
    bed.payment(id).cases.filter(({ closed }) => closed === undefined).length

  it(
    'is opened later when the journal is away at the time, and once however many nodes fail',
    onBed(async (bed) => {
      const { id, modules } = await poisonedFrom(bed)
      let lost = 0
      bed.journalFault = (change) => {
        const opens = change.payment?.events.some(({ type }) => type === 'case-opened') === true
        return opens && lost++ === 0 ? 'before' : undefined
      }
      await bed.advance(10 * MINUTE_MS)
      assert.equal(lost, 1)
      assert.equal(openCases(bed, id), 0)
      await bed.engine({ modules })
      await bed.advance(4 * 60 * MINUTE_MS)
      assert.equal(openCases(bed, id), 1)
    }),
  )

  it(
    'comes again when it was closed and the payment is as stuck as before',
    onBed(async (bed) => {
      const { id, cf } = await poisonedFrom(bed)
      await bed.advance(30 * MINUTE_MS)
      const { caseId = '' } = bed.payment(id).cases[0] ?? {}
      const closing = {
        paymentId: id,
        caseId,
        action: 'close',
        by: 'ann',
        why: 'seen',
        key: 'key-closing',
      } as const
      assert.equal((await cf.resolveCase(closing)).outcome, 'resolved')
      await bed.advance(90 * MINUTE_MS)
      assert.equal(bed.charge(id).state, 'intended')
      assert.equal(openCases(bed, id), 1)
    }),
  )
})

describe('many payments in doubt at once (F23)', () => {
  it(
    'are asked about no faster than the limit says, over restarts too',
    onBed(async (bed) => {
      const limits = { inquiriesPerSecondMax: 5, breakerFailures: 1_000 }
      const first = await bed.engine({ limits })
      const ids = await doubtful(bed, 120, first)
      await first.stop()
      let engine = await bed.engine({ limits })
      const perSecond: number[] = []
      const second = async (): Promise<void> => {
        const before = bed.network.times('inquiry')
        await bed.advance(1_000)
        perSecond.push(bed.network.times('inquiry') - before)
      }
      for (let restart = 0; restart < 10; restart++) {
        await second()
        void engine.stop({ deadlineMs: 100 })
        await bed.advance(200)
        engine = await bed.engine({ limits })
      }
      while (perSecond.length < 60) await second()
      await settle()
      assert.ok(Math.max(...perSecond) <= 6, perSecond.join(' '))
      assert.ok(perSecond.filter((count) => count > 0).length >= 20, perSecond.join(' '))
      for (const id of ids) assert.equal(bed.payment(id).status, 'paid')
    }),
  )
})
