import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cancelHosted, type CardOnPage, hostedOrder, payHosted, returnQuery } from './hosted.ts'
import { ledgerOf } from './ledger.ts'
import { amount, Bench, hosted, inquiry, modification, order, samples, secured } from './samples.test-data.ts'

const NOT_FOUND = '5 Could not find payment for order'

function card(words: Partial<CardOnPage> = {}): CardOnPage {
  return {
    method: 'CARD',
    cardNumber: '4444 3333 2222 1111',
    expiryMonth: '12',
    expiryYear: '2030',
    cardHolderName: 'Jane Doe',
    cvc: '555',
    ...words,
  }
}
const page = (bench: Bench, ticket: string) => hostedOrder(bench.state, ticket, bench.nowMs)
const pay = (bench: Bench, ticket: string, payment = card()) =>
  payHosted(bench.state, ticket, payment, bench.nowMs)
const payBy = (
  bench: Bench,
  ticket: string,
  result: 'paid' | 'pending' | 'pending-failed' | 'failed',
  method = 'IDEAL-SSL',
) => payHosted(bench.state, ticket, { method, result }, bench.nowMs)
const truth = (bench: Bench, orderCode = 'h1') => ledgerOf(bench.state, orderCode, bench.nowMs)

describe('the registration of a hosted order', () => {
  it('is answered with the address of its page, as in the sample message', () => {
    const bench = new Bench({ hostedUrl: 'http://127.0.0.1:4010/worldpay/hosted' })
    const { response, changed } = bench.handle(samples.hosted)
    assert.equal(changed, 'ord-1002-h1')
    assert.equal(
      response.body.split('\n').at(-1),
      '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1002-h1"><reference id="3000000001">http://127.0.0.1:4010/worldpay/hosted?OrderKey=SHOPECOM%5Eord-1002-h1&amp;Ticket=00618033989</reference></orderStatus></reply></paymentService>',
    )
  })

  it('is refused with code 2 when mask or attributes are not those of the DTD', () => {
    for (const wrong of [
      hosted({ mask: '<exclude code="A"/><include code="ALL"/>' }),
      hosted({ mask: '<include/>' }),
      hosted({ after: '<hostPaymentOrderAttribute minutes="3"/>' }),
      hosted({ after: '<hostPaymentOrderAttribute>3</hostPaymentOrderAttribute>' }),
    ]) {
      assert.match(new Bench().error(wrong) ?? 'accepted', /^2 /, wrong)
    }
  })

  it('names what is wrong with its content, and leaves the code free', () => {
    const bench = new Bench()
    const ttl = (minutes: string) => `<hostPaymentOrderAttribute timeToLiveInMin="${minutes}"/>`
    assert.match(bench.error(hosted({ value: '0' })) ?? '', /^3 /)
    assert.match(bench.error(hosted({ captureDelay: 'soon' })) ?? '', /^5 Invalid capture delay/)
    assert.match(bench.error(hosted({ after: ttl('0') })) ?? '', /^5 Invalid time to live/)
    assert.match(bench.error(hosted({ after: ttl('1.5') })) ?? '', /^5 Invalid time to live/)
    assert.match(bench.error(hosted({ mask: '<include code="GOLD"/>' })) ?? '', /^5 Invalid payment method/)
    assert.match(bench.error(hosted({ mask: '' })) ?? '', /^5 No payment method/)
    assert.equal(bench.error(order({ orderCode: 'h1' })), undefined)
  })

  it('offers what the mask includes, less what it excludes', () => {
    const bench = new Bench()
    const offered = (mask: string) => page(bench, bench.register(hosted({ mask })))
    const all = offered('<include code="ALL"/>')
    assert.equal(all?.methods[0], 'CARD')
    assert.ok(all?.methods.includes('IDEAL-SSL') && all.brands.includes('VISA-SSL'))
    const some = offered('<include code="ALL"/><exclude code="CARD-SSL"/><exclude code="SOFORT-SSL"/>')
    assert.ok(some?.methods.includes('IDEAL-SSL'))
    assert.ok(!some?.methods.includes('CARD') && !some?.methods.includes('SOFORT-SSL'))
    const one = offered('<include code="VISA-SSL"/>')
    assert.deepEqual([one?.methods, one?.brands], [['CARD'], ['VISA-SSL']])
  })

  it('says nothing to an inquiry before it is paid, and nothing after it expired', () => {
    const bench = new Bench({ hostedValidMs: 60_000 })
    const ticket = bench.register()
    assert.equal(bench.error(inquiry('h1')), NOT_FOUND)
    assert.equal(bench.error(modification('<cancel/>', 'h1')), NOT_FOUND)
    bench.pass(59_999)
    assert.equal(page(bench, ticket)?.state, 'open')
    bench.pass(1)
    assert.equal(page(bench, ticket)?.state, 'expired')
    assert.equal(pay(bench, ticket).kind, 'expired')
    assert.equal(cancelHosted(bench.state, ticket, bench.nowMs).kind, 'expired')
    assert.equal(bench.error(inquiry('h1')), NOT_FOUND)
    assert.equal(truth(bench), undefined)
  })

  it('is valid for the minutes that it sets, divided by the time scale', () => {
    const bench = new Bench({ timeScale: 60 })
    const ticket = bench.register(hosted({ after: '<hostPaymentOrderAttribute timeToLiveInMin="30"/>' }))
    assert.equal(page(bench, ticket)?.expiresMs, bench.nowMs + 30_000)
  })

  it('gets a fresh page when it is sent again while unpaid, and its old page ends', () => {
    const bench = new Bench({ hostedValidMs: 60_000 })
    const first = bench.register()
    pay(bench, first, card({ cardHolderName: 'REFUSED' }))
    bench.pass(100_000)
    const second = bench.register()
    assert.notEqual(first, second)
    assert.equal(page(bench, first), undefined)
    assert.deepEqual(pay(bench, first), { kind: 'unknown', returnTo: 'error', query: {} })
    assert.equal(page(bench, second)?.attempts, 1)
    assert.equal(pay(bench, second).kind, 'authorised')
    assert.equal(bench.error(hosted()), '5 Duplicate Order')
  })

  it('is a duplicate of a direct order, and of one that waits for a challenge; a direct order is one of it', () => {
    const bench = new Bench()
    bench.send(order({ orderCode: 'a' }))
    bench.send(secured('3DS_V2_CHALLENGE_IDENTIFIED', { orderCode: 'b' }))
    bench.register(hosted({ orderCode: 'c' }))
    for (const message of [
      hosted({ orderCode: 'a' }),
      hosted({ orderCode: 'b' }),
      order({ orderCode: 'b' }),
      order({ orderCode: 'c' }),
    ]) {
      assert.equal(bench.error(message), '5 Duplicate Order')
    }
  })

  it('can be paid a second time when the PSP makes the mistake of not deduplicating', () => {
    const bench = new Bench({ dedup: false })
    pay(bench, bench.register())
    const again = bench.register()
    assert.equal(page(bench, again)?.state, 'open')
    assert.equal(pay(bench, again).kind, 'authorised')
    assert.equal(truth(bench)?.liveExecutions, 2)
  })
})

describe('a payment on the hosted page', () => {
  it('is authorised, and sends the payer back with a signed query', () => {
    const bench = new Bench()
    const result = pay(bench, bench.register())
    assert.deepEqual([result.kind, result.orderCode, result.returnTo], ['authorised', 'h1', 'success'])
    const { mac2, ...query } = result.query
    assert.deepEqual(query, {
      orderKey: 'ADMIN^SHOPECOM^h1',
      paymentStatus: 'AUTHORISED',
      paymentAmount: '1400',
      paymentCurrency: 'GBP',
    })
    assert.match(mac2 ?? '', /^[0-9a-f]{64}$/)
    assert.equal(bench.lastEvent('h1'), 'AUTHORISED')
    assert.equal(truth(bench)?.maskedCard, '4444********1111')
    assert.ok(!JSON.stringify(bench.state).includes('4444333322221111'))
  })

  it('is an attempt when it is refused: another can be authorised under the same code', () => {
    const bench = new Bench()
    const ticket = bench.register()
    const refused = pay(bench, ticket, card({ cardHolderName: 'REFUSED51' }))
    assert.deepEqual([refused.kind, refused.returnTo], ['refused', 'failure'])
    assert.equal(refused.query['paymentStatus'], 'REFUSED')
    assert.equal(bench.lastEvent('h1'), 'REFUSED')
    assert.deepEqual([page(bench, ticket)?.state, page(bench, ticket)?.attempts], ['open', 1])
    assert.equal(pay(bench, ticket, card({ cardHolderName: 'ERROR' })).returnTo, 'error')
    assert.equal(pay(bench, ticket).kind, 'authorised')
    assert.equal(bench.lastEvent('h1'), 'AUTHORISED')
    assert.deepEqual([truth(bench)?.executions, truth(bench)?.liveMinor], [3, 1400n])
  })

  it('is executed once from two windows', () => {
    const bench = new Bench()
    const ticket = bench.register()
    assert.equal(pay(bench, ticket).kind, 'authorised')
    const second = pay(bench, ticket)
    assert.deepEqual([second.kind, second.returnTo], ['paid-already', 'success'])
    assert.equal(cancelHosted(bench.state, ticket, bench.nowMs).kind, 'paid-already')
    assert.equal(truth(bench)?.executions, 1)
  })

  it('is not executed with details that cannot be right, or a card that is not taken', () => {
    const bench = new Bench()
    const ticket = bench.register(hosted({ mask: '<include code="VISA-SSL"/>' }))
    const wrong: Partial<CardOnPage>[] = [
      { cardNumber: '4444333322221112' },
      { cardNumber: 'x' },
      { expiryYear: '2020' },
      { expiryMonth: '' },
      { cvc: '12' },
      { cardHolderName: ' ' },
      { cardNumber: '5555555555554444' },
    ]
    for (const words of wrong) {
      const result = pay(bench, ticket, card(words))
      assert.equal(result.kind, 'invalid')
      assert.ok((result.text ?? '').length > 10)
      assert.ok(!result.text?.includes('4444333322221112'))
    }
    assert.equal(payBy(bench, ticket, 'paid').kind, 'invalid')
    assert.equal(truth(bench), undefined)
  })

  it('can be tried a hundred times and no more', () => {
    const bench = new Bench()
    const ticket = bench.register()
    for (let count = 0; count < 100; count++) pay(bench, ticket, card({ cardHolderName: 'REFUSED' }))
    assert.equal(pay(bench, ticket).kind, 'invalid')
    assert.equal(truth(bench)?.executions, 100)
  })

  it('is captured by itself when the order asks for that', () => {
    const bench = new Bench()
    pay(bench, bench.register(hosted({ captureDelay: '0' })))
    bench.pass(5_000)
    assert.equal(bench.lastEvent('h1'), 'CAPTURED')
  })

  it('by an alternative method can end at once, without card details in the answer', () => {
    const bench = new Bench()
    assert.equal(payBy(bench, bench.register(), 'failed').kind, 'refused')
    const ticket = bench.register()
    assert.equal(payBy(bench, ticket, 'paid').kind, 'authorised')
    const answer = bench.send(inquiry('h1'))
    assert.match(answer, /<paymentMethod>IDEAL-SSL</)
    assert.doesNotMatch(answer, /cardNumber|cardHolderName|CVCResultCode/)
  })

  it('by an alternative method can be open for a while, and nothing else can be done with it then', () => {
    const bench = new Bench()
    const ticket = bench.register(hosted({ captureDelay: '0' }))
    const result = payBy(bench, ticket, 'pending')
    assert.deepEqual([result.kind, result.returnTo], ['pending', 'pending'])
    assert.deepEqual(result.query, { orderKey: 'ADMIN^SHOPECOM^h1', status: 'OPEN' })
    assert.equal(bench.lastEvent('h1'), 'SENT_FOR_AUTHORISATION')
    assert.doesNotMatch(bench.send(inquiry('h1')), /AuthorisationId|balance/)
    assert.equal(page(bench, ticket)?.state, 'pending')
    assert.equal(pay(bench, ticket).kind, 'paid-already')
    assert.equal(bench.error(hosted()), '5 Duplicate Order')
    assert.equal(bench.error(modification('<cancel/>', 'h1')), '5 Order not ready')
    assert.match(bench.error(modification(`<capture>${amount(1400)}</capture>`, 'h1')) ?? '', /^5 Requested/)
    assert.deepEqual(
      [truth(bench)?.authorisedMinor, truth(bench)?.liveMinor, truth(bench)?.pending],
      [0n, 0n, 1],
    )
    bench.pass(4_999)
    assert.equal(bench.lastEvent('h1'), 'SENT_FOR_AUTHORISATION')
    bench.pass(1)
    assert.equal(bench.lastEvent('h1'), 'AUTHORISED')
    assert.deepEqual([page(bench, ticket)?.state, truth(bench)?.liveMinor], ['paid', 1400n])
    bench.pass(5_000)
    assert.equal(bench.lastEvent('h1'), 'CAPTURED')
  })

  it('that was open and is refused in the end leaves the page to be paid', () => {
    const bench = new Bench()
    const ticket = bench.register()
    payBy(bench, ticket, 'pending-failed')
    assert.equal(page(bench, ticket)?.state, 'pending')
    bench.pass(5_000)
    assert.equal(bench.lastEvent('h1'), 'REFUSED')
    assert.equal(page(bench, ticket)?.state, 'open')
    assert.equal(pay(bench, ticket).kind, 'authorised')
    assert.equal(truth(bench)?.liveExecutions, 1)
  })

  it('can still come after the payer pressed cancel', () => {
    const bench = new Bench()
    const ticket = bench.register()
    const cancelled = cancelHosted(bench.state, ticket, bench.nowMs)
    assert.deepEqual([cancelled.kind, cancelled.returnTo], ['cancelled', 'cancel'])
    assert.deepEqual(Object.keys(cancelled.query), ['orderKey', 'orderAmount', 'orderCurrency', 'mac2'])
    assert.equal(bench.error(inquiry('h1')), NOT_FOUND)
    assert.equal(pay(bench, ticket).kind, 'authorised')
  })
})

describe('the query that a payer comes back with', () => {
  const account = { adminCode: 'MYADMINCODE', merchantCode: 'MYMERCHANT', macSecret: '@p-p1epie' }
  const facts = { orderCode: 'T0211010', amountMinor: 1400n, currency: 'GBP' }

  it('is signed as in the published vector', () => {
    assert.deepEqual(returnQuery(account, { ...facts, status: 'AUTHORISED' }), {
      orderKey: 'MYADMINCODE^MYMERCHANT^T0211010',
      paymentStatus: 'AUTHORISED',
      paymentAmount: '1400',
      paymentCurrency: 'GBP',
      mac2: '856ff737b2987f21513b91992818d983ce9fed97847b15756c56493a23090415',
    })
  })

  it('has no status and another signature after a cancel', () => {
    const { mac2, ...query } = returnQuery(account, facts)
    assert.deepEqual(query, {
      orderKey: 'MYADMINCODE^MYMERCHANT^T0211010',
      orderAmount: '1400',
      orderCurrency: 'GBP',
    })
    assert.notEqual(mac2, '856ff737b2987f21513b91992818d983ce9fed97847b15756c56493a23090415')
  })
})
