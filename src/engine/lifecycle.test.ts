import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { containsCardNumber } from '../gateway/card.ts'
import { memoryJournal } from '../journal/memory/index.ts'
import type { PaymentView } from './api.ts'
import { Bed, card, cardModule, onBed, settle } from './bed.test-data.ts'
import { createCounterfoil } from './counterfoil.ts'

/** No test has so many versions: a feed that repeats itself must fail and not hang. */
const VIEWS_MAX = 50

/** What a watcher saw so far, read beside the test. */
class Watcher {
  readonly seen: PaymentView[] = []
  isOver = false

  constructor(feed: AsyncIterable<PaymentView>) {
    const read = async (): Promise<void> => {
      for await (const view of feed) if (this.seen.push(view) === VIEWS_MAX) return
      this.isOver = true
    }
    void read()
  }
}

async function held(bed: Bed, options: Parameters<Bed['engine']>[0] = {}) {
  bed.network.on('charge', { kind: 'held' })
  const cf = await bed.engine(options)
  const paying = cf.pay(bed.request({ waitMs: 0 }))
  await bed.advance(1)
  return { cf, id: (await paying).id }
}

describe('watching a payment', () => {
  it(
    'gives its versions in order, the last one for certain, and ends with the signal',
    onBed(async (bed) => {
      const { cf, id } = await held(bed)
      const stop = new AbortController()
      const watcher = new Watcher(cf.watch(id, { signal: stop.signal }))
      const { seen } = watcher
      await settle()
      assert.deepEqual(
        seen.map(({ version }) => version),
        [1],
      )
      bed.network.release()
      await settle()
      const versions = seen.map(({ version }) => version)
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => a - b),
      )
      assert.equal(new Set(versions).size, versions.length)
      assert.equal(seen.at(-1)?.page, 'success')
      assert.equal(seen.at(-1)?.version, 3)
      assert.equal(watcher.isOver, false)
      stop.abort()
      await settle()
      assert.equal(watcher.isOver, true)
    }),
  )

  it(
    'resumes after a version, and shows what another process wrote within a second',
    onBed(async (bed) => {
      const { cf, id } = await held(bed)
      const other = await bed.engine()
      const stop = new AbortController()
      const watcher = new Watcher(other.watch(id, { signal: stop.signal, after: 1 }))
      const { seen } = watcher
      await settle()
      assert.equal(seen.length, 0)
      bed.network.release()
      await settle()
      assert.equal(seen.length, 0)
      await bed.advance(1_000)
      assert.deepEqual(
        seen.map(({ version, status }) => `${version} ${status}`),
        ['3 paid'],
      )
      assert.equal((await cf.payment(id))?.version, 3)
      assert.equal(watcher.isOver, false)
      stop.abort()
      await settle()
      assert.equal(watcher.isOver, true)
    }),
  )

  it(
    'of a payment that does not exist, or with a signal that has aborted, ends at once',
    onBed(async (bed) => {
      const { cf, id } = await held(bed)
      const { signal } = new AbortController()
      const watchers = [
        new Watcher(cf.watch('nobody', { signal })),
        new Watcher(cf.watch(id, { signal: AbortSignal.abort() })),
      ]
      await settle()
      for (const watcher of watchers) assert.deepEqual([watcher.isOver, watcher.seen], [true, []])
    }),
  )
})

describe('a link', () => {
  it(
    'opens its payment, and nothing else does',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const { id, statusUrl } = await cf.pay(bed.request())
      const link = statusUrl.split('/').at(-1) ?? ''
      assert.equal((await cf.paymentByLink(link))?.id, id)
      const [paymentId, token = ''] = link.split('.')
      assert.match(token, /^[0-9a-f]{32}$/)
      const flipped = token.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
      for (const wrong of [
        `${paymentId}.${flipped}`,
        `${paymentId}.`,
        `${paymentId}`,
        `x.${token}`,
        '',
        '.',
      ]) {
        assert.equal(await cf.paymentByLink(wrong), undefined, wrong)
      }
    }),
  )
})

describe('an engine', () => {
  it(
    'takes nothing before start and nothing after stop, and says so',
    onBed(async (bed) => {
      const cf = bed.unstarted()
      await assert.rejects(cf.pay(bed.request()), { code: 'CF_NOT_STARTED' })
      await cf.start()
      assert.equal(cf.running, true)
      await assert.rejects(cf.start(), { code: 'CF_NOT_STARTED' })
      await cf.stop()
      assert.equal(cf.running, false)
      const request = { paymentId: 'p', key: 'modify-00000001' }
      for (const call of [
        cf.pay(bed.request()),
        cf.capture(request),
        cf.refund(request),
        cf.void(request),
        cf.cancel(request),
        cf.closeOrder({ orderId: 'order-1' }),
        cf.runDue(),
        cf.start(),
      ]) {
        await assert.rejects(call, { code: 'CF_NOT_STARTED' })
      }
      assert.equal(bed.appends.length, 0)
    }),
  )

  it(
    'that stops waits for what is in flight, so that the answer lands and the shop is told',
    onBed(async (bed) => {
      const { cf, id } = await held(bed)
      assert.equal(cf.inFlight, 1)
      let stopped = false
      const stopping = cf.stop().finally(() => {
        stopped = true
      })
      await bed.advance(5_000)
      assert.equal(stopped, false)
      bed.network.release()
      await settle()
      await stopping
      assert.equal(bed.payment(id).status, 'paid')
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
      assert.equal(cf.inFlight, 0)
    }),
  )

  it(
    'that stops waits no longer than its deadline; the next process finds out',
    onBed(async (bed) => {
      const { cf, id } = await held(bed)
      const stopping = cf.stop({ deadlineMs: 3_000 })
      await bed.advance(3_000)
      await stopping
      await bed.engine()
      await bed.advance(120_000)
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.network.times('charge'), 1)
    }),
  )

  it(
    'refuses more payments than it may have in flight, and takes them again once there is room',
    onBed(async (bed) => {
      const { cf } = await held(bed, { limits: { paymentsInFlightMax: 1 } })
      bed.order('order-2', 500n)
      const other = bed.request({ orderId: 'order-2', key: 'key-00000002' })
      await assert.rejects(cf.pay(other), { code: 'CF_OVERLOADED', retry: 'later' })
      assert.equal(bed.appends.length, 1)
      bed.network.release()
      await settle()
      assert.equal((await cf.pay(other)).status, 'paid')
    }),
  )

  it(
    'isolates a payment that it cannot work on from the others (F22)',
    onBed(async (bed) => {
      bed.order('order-2', 500n)
      bed.network.on('charge', { kind: 'unknown', executed: true }, 2)
      const cf = await bed.engine()
      const poisoned = await cf.pay(bed.request())
      const other = await cf.pay(bed.request({ orderId: 'order-2', key: 'key-00000002' }))
      bed.journalFault = (change) => (change.payment?.paymentId === poisoned.id ? 'before' : undefined)
      await bed.advance(60_000)
      assert.equal(bed.payment(other.id).status, 'paid')
      assert.equal(bed.payment(poisoned.id).status, 'in-progress')
      bed.journalFault = () => undefined
      await bed.advance(15 * 60_000)
      assert.equal(bed.payment(poisoned.id).status, 'paid')
    }),
  )

  it(
    'lists payments, cases and orders as they are stored',
    onBed(async (bed) => {
      bed.order('order-2', 500n)
      const cf = await bed.engine()
      const paid = await cf.pay(bed.request())
      await bed.advance(10)
      bed.network.on('charge', { kind: 'answer', fault: { kind: 'duplicate-text', when: 'before' } })
      const odd = await cf.pay(bed.request({ orderId: 'order-2', key: 'key-00000002' }))
      const ids = async (query: Parameters<typeof cf.list>[0]): Promise<readonly string[]> =>
        (await cf.list(query)).map(({ id }) => id)
      assert.deepEqual(await ids({ limit: 10 }), [odd.id, paid.id])
      assert.deepEqual(await ids({ limit: 10, status: 'paid' }), [paid.id])
      assert.deepEqual(await ids({ limit: 10, orderId: 'order-2' }), [odd.id])
      assert.deepEqual(await ids({ limit: 1, before: odd.id }), [paid.id])
      assert.deepEqual(
        (await cf.cases()).map(({ paymentId, orderId, reason }) => [paymentId, orderId, reason]),
        [[odd.id, 'order-2', 'duplicate-reference']],
      )
      assert.equal((await cf.order('order-1')).paymentId, paid.id)
      assert.equal((await cf.order('order-9')).state, 'open')
      assert.equal(await cf.payment('nobody'), undefined)
    }),
  )
})

describe('the configuration', () => {
  it('names the wrong value and what is allowed', () => {
    const bed = new Bed()
    const wrong: readonly (readonly [Parameters<typeof bed.unstarted>[0], RegExp])[] = [
      [{ modules: [] }, /modules: at least one/],
      [{ modules: [cardModule(), cardModule()] }, /the name 'card' is used twice/],
      [{ limits: { sendWithinMs: 99 } }, /limits\.sendWithinMs: 99 must be a number from 100 to 60000/],
      [{ limits: { answerWithinMs: Number.NaN } }, /limits\.answerWithinMs: NaN/],
      [{ limits: { shopDeadlineMs: 60_001 } }, /limits\.shopDeadlineMs/],
      [{ limits: { paymentsInFlightMax: 0 } }, /limits\.paymentsInFlightMax: 0 must be a number from 1/],
      [{ limits: { recoveriesAtOnceMax: Number.POSITIVE_INFINITY } }, /limits\.recoveriesAtOnceMax/],
      [{ limits: { dueEveryMs: 1 } }, /limits\.dueEveryMs/],
      [{ limits: { heartbeatEveryMs: 49 } }, /limits\.heartbeatEveryMs/],
      [{ limits: { nodeDeadAfterMs: 7_999 } }, /at least four times heartbeatEveryMs \(2000\)/],
      [{ limits: { doubtCaseAfterMs: 1 } }, /limits\.doubtCaseAfterMs/],
      [{ limits: { reversalTriesMax: 0 } }, /limits\.reversalTriesMax/],
    ]
    for (const [options, expected] of wrong) {
      assert.throws(
        () => bed.unstarted(options),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CF_CONFIG')
          assert.match(error.message, expected)
          return true
        },
      )
    }
    assert.throws(() => bed.unstarted({ shop: { markOrderPaid: undefined as never } }), {
      code: 'CF_PIPELINE',
      message: /mark-order-paid.*markOrderPaid\(\)/,
    })
  })

  it('needs a public address without query, fragment and slash at the end', () => {
    const make = (publicUrl: string): unknown =>
      createCounterfoil({
        journal: memoryJournal(),
        shop: new Bed().shop(),
        modules: [cardModule()],
        publicUrl,
      })
    for (const url of [
      '',
      'shop.example',
      'ftp://shop.example',
      'https://shop.example/',
      'https://s.example/p?a=1',
      'https://s.example/p#a',
    ]) {
      assert.throws(() => make(url), { code: 'CF_CONFIG', message: /publicUrl/ }, url)
    }
    make('https://shop.example/pay')
    make('http://127.0.0.1:3000')
  })
})

describe('what is logged and thrown', () => {
  it(
    'holds no card number, also when the PSP cannot be understood',
    onBed(async (bed) => {
      const cf = await bed.engine()
      bed.network.on('charge', { kind: 'altered', alter: (_body, request) => request })
      const result = await cf.pay(bed.request({ card: card() }))
      assert.equal(result.operations[0]?.inDoubt, true)
      const everything = JSON.stringify(
        bed.appends.map(({ change }) => change.payment?.events),
        (_name, field: unknown) => (typeof field === 'bigint' ? String(field) : field),
      )
      assert.equal(containsCardNumber(everything), false)
    }),
  )
})
