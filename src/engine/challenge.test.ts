import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dueOf } from '../payment/due.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
import { completeChallenge } from '../simulators/worldpay/index.ts'
import { account, type Bed, card, cardModule, onBed, settle } from './bed.test-data.ts'
import type { Counterfoil, PaymentResult } from './api.ts'

const MINUTE_MS = 60_000
const PASSES = '3DS_V2_CHALLENGE_IDENTIFIED'
const browser = { accept: 'text/html', userAgent: 'Mozilla/5.0', javaScript: true, deviceSession: '0_1' }
const secure = (): ReturnType<typeof cardModule> => cardModule({ gateway: account.direct })

const linkOf = (result: Pick<PaymentResult, 'statusUrl'>): string =>
  result.statusUrl.slice(result.statusUrl.lastIndexOf('/') + 1)

/** A payer who is at the bank. */
async function challenged(
  bed: Bed,
  holder = PASSES,
): Promise<{ cf: Counterfoil; id: string; link: string; token: string }> {
  const cf = await bed.engine({ modules: [secure()] })
  const result = await cf.pay(bed.request({ card: card(holder), browser }))
  assert.ok(result.next.kind === 'post-form' && result.next.framed, result.next.kind)
  await settle()
  const token = bed.charge(result.id).handedOver?.returnToken ?? ''
  return { cf, id: result.id, link: linkOf(result), token }
}

function decide(bed: Bed, id: string, verdict: 'passed' | 'failed'): void {
  const { reference } = bed.payment(id).operations.at(-1) ?? assert.fail('there is a charge')
  const waiting = bed.network.psp.authentications[reference]
  assert.ok(waiting !== undefined, 'the bank waits')
  assert.ok(completeChallenge(bed.network.psp, waiting.transactionId, verdict, bed.clock.nowMs))
}

/** Somebody else writes about the payment: nothing that changes it. */
function writeBetween(bed: Bed, paymentId: string): void {
  const { payment, version } = bed.store.read(paymentId) ?? assert.fail()
  const evidence = { source: 'engine', atMs: bed.clock.nowMs, text: 'a word between' } as const
  const events: PaymentEvent[] = [
    { type: 'evidence-kept', reference: bed.charge(paymentId).reference, evidence },
  ]
  const change = {
    paymentId,
    expectedVersion: version,
    expectedFence: payment.fence,
    events,
    snapshot: fold(payment, events),
    references: [],
    ...dueOf(payment),
    atMs: bed.clock.nowMs,
  }
  assert.deepEqual(bed.store.apply([{ payment: change }]), [{ kind: 'committed' }])
}

describe('a card payment with 3-D Secure', () => {
  it(
    'goes through at once where the issuer asks for nothing',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [secure()] })
      const holder = '3DS_V2_FRICTIONLESS_IDENTIFIED'
      const result = await cf.pay(bed.request({ card: card(holder), browser }))
      assert.equal(result.status, 'paid')
      assert.match(bed.network.sent[0]?.body ?? '', /dfReferenceId="0_1"/)
    }),
  )

  for (const verdict of ['passed', 'failed'] as const) {
    it(
      `ends by the second leg alone when the challenge was ${verdict}, each leg with its own commit`,
      onBed(async (bed) => {
        const { cf, id, link, token } = await challenged(bed)
        assert.equal(bed.payment(id).status, 'in-progress')
        assert.equal(bed.network.ledger(bed.charge(id).reference), undefined, 'nothing was executed')
        decide(bed, id, verdict)
        const after = await cf.payerReturned({ link, door: 'challenge', token })
        assert.equal(after.status, verdict === 'passed' ? 'paid' : 'declined')
        await settle()
        assert.equal(bed.charge(id).leg, 2)
        assert.equal(bed.network.times('charge'), 2)
        const second = bed.network.sent[1]?.body ?? ''
        assert.match(second, /<completedAuthentication\/>/)
        assert.doesNotMatch(second, /cardNumber/)
        const types = bed.store.history(id).flatMap(({ events }) => events.map(({ type }) => type))
        assert.equal(types.filter((type) => type === 'operation-retried').length, 1)
      }),
    )
  }

  it(
    'takes a second return for what it is: no second leg, and the same end',
    onBed(async (bed) => {
      const { cf, id, link, token } = await challenged(bed)
      decide(bed, id, 'passed')
      bed.network.on('charge', { kind: 'held' })
      const both = [1, 2].map(() => cf.payerReturned({ link, door: 'challenge', token, waitMs: 1_000 }))
      await bed.advance(2_000)
      const results = await Promise.all(both)
      assert.deepEqual(
        results.map(({ next }) => next.kind),
        ['wait', 'wait'],
      )
      bed.network.release()
      await bed.advance(1_000)
      assert.equal((await cf.payerReturned({ link, door: 'challenge', token })).status, 'paid')
      assert.equal(bed.network.times('charge'), 2)
    }),
  )

  it(
    'goes on although something else is written about the payment at that moment',
    onBed(async (bed) => {
      const { cf, id, link, token } = await challenged(bed)
      decide(bed, id, 'passed')
      let disturbed = 0
      bed.journalFault = ({ payment: change }) => {
        const isLeg = change?.events.some(({ type }) => type === 'operation-retried') ?? false
        if (isLeg && disturbed++ === 0) writeBetween(bed, id)
        return undefined
      }
      assert.equal((await cf.payerReturned({ link, door: 'challenge', token })).status, 'paid')
      assert.equal(disturbed, 2, 'it was written at the second try')
      assert.equal(bed.network.times('charge'), 2)
    }),
  )

  it(
    'goes on for nobody who does not know the token',
    onBed(async (bed) => {
      const { cf, id, link, token } = await challenged(bed)
      for (const forged of [undefined, '', `${token}x`, token.slice(1), bed.charge(id).reference]) {
        const visit = { link, door: 'challenge', ...(forged === undefined ? {} : { token: forged }) } as const
        assert.equal((await cf.payerReturned(visit)).next.kind, 'post-form')
      }
      for (const door of ['success', 'failure', 'error'] as const) await cf.payerReturned({ link, door })
      assert.equal(bed.charge(id).state, 'challenged')
      assert.equal(bed.network.times('charge'), 1)
    }),
  )

  it(
    'returned to without having done anything is refused by the PSP, and not by us',
    onBed(async (bed) => {
      const { cf, link, token } = await challenged(bed)
      assert.equal((await cf.payerReturned({ link, door: 'challenge', token })).status, 'declined')
    }),
  )

  it(
    'abandoned ends after its time, is inquired, frees the order, and takes no return days later',
    onBed(async (bed) => {
      const { cf, id, link, token } = await challenged(bed)
      decide(bed, id, 'passed')
      await bed.advance(14 * MINUTE_MS)
      assert.equal(bed.charge(id).state, 'challenged')
      await bed.advance(3 * MINUTE_MS)
      assert.equal(bed.charge(id).state, 'abandoned')
      assert.equal(bed.network.times('inquiry'), 1)
      assert.equal((await cf.order('order-1')).state, 'open')
      await bed.advance(3 * 60 * MINUTE_MS)
      const late = await cf.payerReturned({ link, door: 'challenge', token })
      assert.equal(late.status, 'cancelled')
      assert.equal(bed.network.times('charge'), 1, 'no second leg is sent')
    }),
  )

  it(
    'is resumed on another node, which has no card and needs none',
    onBed(async (bed) => {
      const { id, link, token } = await challenged(bed)
      decide(bed, id, 'passed')
      const other = await bed.engine({ modules: [secure()] })
      assert.equal((await other.payerReturned({ link, door: 'challenge', token })).status, 'paid')
      assert.equal(bed.payment(id).fence, 2)
    }),
  )

  it(
    'keeps the machine cookie sealed: it is in no record in clear',
    onBed(async (bed) => {
      const { id } = await challenged(bed)
      const { machine } = bed.network.psp.authentications[bed.charge(id).reference] ?? assert.fail()
      assert.ok(machine.length > 4)
      const written = bed.appends.map(({ change }) =>
        JSON.stringify(change, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
      )
      assert.ok(written.every((text) => !text.includes(machine)))
    }),
  )

  it(
    'whose amount has changed since the payer agreed is void: nothing is sent, and the order is free',
    onBed(async (bed) => {
      const { cf, id, link, token } = await challenged(bed)
      decide(bed, id, 'passed')
      bed.order('order-1', 2999n)
      const after = await cf.payerReturned({ link, door: 'challenge', token })
      assert.equal(after.status, 'cancelled')
      assert.equal(bed.network.times('charge'), 1)
      assert.equal((await cf.order('order-1')).state, 'open')
      const again = await cf.pay(bed.request({ key: 'key-00000002', browser }))
      assert.equal(again.amountMinor, 2999n)
    }),
  )

  it(
    'whose payer wants another way is closed at once, since nothing happens without us',
    onBed(async (bed) => {
      const { cf, id, link, token } = await challenged(bed)
      assert.equal((await cf.changeMind(link)).kind, 'free')
      assert.equal(bed.charge(id).state, 'abandoned')
      assert.equal((await cf.pay(bed.request({ key: 'key-00000002', browser }))).status, 'paid')
      assert.equal((await cf.payerReturned({ link, door: 'challenge', token })).status, 'cancelled')
    }),
  )

  it(
    'is found by asking when the answer to its second leg gets lost',
    onBed(async (bed) => {
      const { cf, id, link, token } = await challenged(bed)
      decide(bed, id, 'passed')
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const after = await cf.payerReturned({ link, door: 'challenge', token })
      assert.equal(after.next.kind, 'wait')
      await bed.advance(5_000)
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.network.times('charge'), 2)
    }),
  )
})

describe('a soft decline', () => {
  it(
    'is asked again with 3-D Secure under a new reference, on the same payment, while the card is there',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [secure()] })
      const result = await cf.pay(bed.request({ card: card('SOFT_DECLINE'), browser }))
      assert.equal(result.next.kind, 'post-form')
      await settle()
      const [first, second] = bed.payment(result.id).operations
      assert.equal(first?.state, 'declined')
      assert.equal(second?.state, 'challenged')
      assert.notEqual(first?.reference, second?.reference)
      assert.equal((await cf.order('order-1')).state, 'held', 'the order was never free between the two')
      assert.match(bed.network.sent[1]?.body ?? '', /challengeMandated/)
      assert.equal(bed.words().includes('cancelled'), false)
      decide(bed, result.id, 'passed')
      const token = second?.handedOver?.returnToken ?? ''
      const after = await cf.payerReturned({ link: linkOf(result), door: 'challenge', token })
      assert.equal(after.status, 'paid')
    }),
  )

  it(
    'that is learned by asking stays a decline: recovery has no card',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [secure()] })
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const { id } = await cf.pay(bed.request({ card: card('SOFT_DECLINE'), browser }))
      await bed.advance(10_000)
      assert.equal(bed.payment(id).status, 'declined')
      assert.equal(bed.network.times('charge'), 1)
    }),
  )
})
