import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backOffice } from './back-office.ts'
import { compileModel, violationIn } from './content-model.ts'
import { payHosted } from './hosted.ts'
import { ledgerOf } from './ledger.ts'
import { MESSAGES_MAX } from './notification-queue.ts'
import { dueNotifications, nextNotificationMs, notificationDelivered } from './notifications.ts'
import { amount, Bench, hosted, modification, order, samples } from './samples.test-data.ts'
import { setOptions, type WorldpayOptions } from './state.ts'
import { parseXml, type XmlElement } from './xml.ts'

const kept = (options: Partial<WorldpayOptions> = {}) => new Bench({ notificationUrl: 'kept', ...options })
const due = (bench: Bench, limit = 10) => dueNotifications(bench.state, bench.nowMs, limit)
const codes = (bench: Bench, limit = 10) => due(bench, limit).map(({ orderCode }) => orderCode)
const capture = (minor: number, reference = 'cap-1') =>
  modification(`<capture reference="${reference}">${amount(minor)}</capture>`)
const refund = (minor: number) => modification(`<refund reference="ref-1">${amount(minor)}</refund>`)

/** The element orders of DTD 1.4 for what a notification holds. */
const text = { content: '#PCDATA' }
const model = compileModel({
  paymentService: { content: '(notify)', attributes: 'version! merchantCode!' },
  notify: { content: '(orderStatusEvent)' },
  orderStatusEvent: { content: '(payment,journal?)', attributes: 'orderCode!' },
  payment: {
    content:
      '(paymentMethod,amount,lastEvent?,AuthorisationId?,ISO8583ReturnCode?,CVCResultCode?,AVSResultCode?,ThreeDSecureResult?,cardHolderName?,issuerCountryCode?,balance*,cardNumber?,riskScore?)',
  },
  journal: { content: '(bookingDate,accountTx*,journalReference*)', attributes: 'journalType! sent!:y|n' },
  bookingDate: { content: '(date)' },
  date: { content: 'EMPTY', attributes: 'dayOfMonth! month! year!' },
  accountTx: { content: '(amount)', attributes: 'accountType! batchId' },
  balance: { content: '(amount)', attributes: 'accountType!' },
  journalReference: { content: 'EMPTY', attributes: 'type! reference!' },
  amount: {
    content: 'EMPTY',
    attributes: 'value! currencyCode! exponent! debitCreditIndicator!:debit|credit',
  },
  AuthorisationId: { content: 'EMPTY', attributes: 'id!' },
  ISO8583ReturnCode: { content: 'EMPTY', attributes: 'code! description!' },
  CVCResultCode: { content: 'EMPTY', attributes: 'description!' },
  AVSResultCode: { content: 'EMPTY', attributes: 'description!' },
  riskScore: { content: 'EMPTY', attributes: 'value!' },
  paymentMethod: text,
  lastEvent: text,
  cardHolderName: text,
  issuerCountryCode: text,
  cardNumber: text,
})

function valid(document: string): XmlElement {
  const parsed = parseXml(document)
  assert.ok('root' in parsed, document)
  assert.match(parsed.doctype ?? '', /^paymentService PUBLIC/)
  assert.equal(violationIn(parsed.root, model), undefined, document)
  return parsed.root
}

function names(element: XmlElement): string[] {
  return [element.name, ...element.children.flatMap(names)]
}

const SAMPLE =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><notify><orderStatusEvent orderCode="ord-1001-a1"><payment><paymentMethod>VISA_CREDIT-SSL</paymentMethod><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/><lastEvent>CAPTURED</lastEvent><AuthorisationId id="622206"/><balance accountType="IN_PROCESS_CAPTURED"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></balance><riskScore value="0"/></payment><journal journalType="CAPTURED" sent="n"><bookingDate><date dayOfMonth="1" month="2" year="2027"/></bookingDate><accountTx accountType="IN_PROCESS_AUTHORISED"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="debit"/></accountTx><accountTx accountType="IN_PROCESS_CAPTURED" batchId="30"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></accountTx><journalReference type="capture" reference="cap-1"/></journal></orderStatusEvent></notify></paymentService>'

describe('a notification', () => {
  it('has the elements of the sample message in its order, with the same journal', () => {
    const bench = kept({ notifyBatchMs: 0 })
    bench.send(samples.authorise)
    bench.send(samples.capture)
    bench.told()
    bench.pass(3_000)
    const [captured] = due(bench)
    assert.equal(captured?.event, 'CAPTURED')
    const document = captured?.document ?? ''
    const sample = names(valid(`${document.slice(0, document.indexOf('<paymentService'))}${SAMPLE}`))
    assert.deepEqual(
      names(valid(document)).filter((name) => sample.includes(name)),
      sample,
    )
    const journal = (whole: string) =>
      (/<journal .*<\/journal>/.exec(whole)?.[0] ?? '').replace(/batchId="\d+"/, '')
    assert.equal(journal(document), journal(SAMPLE))
    assert.match(document, /<balance accountType="IN_PROCESS_CAPTURED"><amount value="1999"/)
    assert.doesNotMatch(document, /4444333322221111/)
  })

  it('is valid for every event, with the journal and without', () => {
    for (const notificationJournal of [true, false]) {
      const bench = kept({ notifyBatchMs: 0, notificationJournal })
      bench.send(order())
      bench.send(capture(1999))
      bench.pass(3_000)
      bench.send(refund(500))
      bench.pass(3_000)
      backOffice(bench.state, 'o1', 'charge-back', 100n, bench.nowMs)
      backOffice(bench.state, 'o1', 'reverse-charge-back', undefined, bench.nowMs)
      backOffice(bench.state, 'o1', 'fail-capture', undefined, bench.nowMs)
      backOffice(bench.state, 'o1', 'expire', undefined, bench.nowMs)
      bench.send(order({ orderCode: 'o2', holder: 'REFUSED51' }))
      bench.send(order({ orderCode: 'o3', holder: 'ACQERROR' }))
      const result = 'pending-failed'
      payHosted(bench.state, bench.register(), { method: 'IDEAL-SSL', result }, bench.nowMs)
      bench.pass(5_000)
      const all = due(bench, 100)
      for (const { document, orderCode, event } of all) {
        const root = valid(document)
        assert.equal(names(root).includes('journal'), notificationJournal)
        assert.ok(document.includes(`<orderStatusEvent orderCode="${orderCode}">`))
        assert.ok(document.includes(`<lastEvent>${event}</lastEvent>`))
      }
      assert.deepEqual(
        all.map(({ orderCode, event }) => `${orderCode} ${event}`),
        [
          'o1 AUTHORISED',
          'o1 CAPTURED',
          'o1 SENT_FOR_REFUND',
          'o1 REFUNDED',
          'o1 CHARGED_BACK',
          'o1 CHARGEBACK_REVERSED',
          'o1 CAPTURE_FAILED',
          'o1 EXPIRED',
          'o2 REFUSED',
          'o3 ERROR',
          'h1 SENT_FOR_AUTHORISATION',
          'h1 REFUSED',
        ],
      )
    }
  })

  it("tells the merchant's own reference and the amount that was moved", () => {
    const bench = kept({ notifyBatchMs: 0 })
    bench.send(order({ captureDelay: '0' }))
    bench.pass(5_000)
    bench.told()
    bench.send(refund(500))
    bench.pass(3_000)
    const [sent, done] = due(bench)
    for (const each of [sent, done]) {
      assert.match(
        each?.document ?? '',
        /<accountTx accountType="IN_PROCESS_CAPTURED" batchId="\d+"><amount value="500" .*"debit"/,
      )
      assert.match(each?.document ?? '', /<journalReference type="refund" reference="ref-1"\/>/)
    }
    assert.deepEqual([sent?.event, done?.event], ['SENT_FOR_REFUND', 'REFUNDED'])
  })

  it('shows the payment as it stood when the event happened, however late it is delivered', () => {
    const bench = kept()
    bench.send(order())
    bench.send(capture(1000))
    bench.pass(1e6)
    assert.match(
      due(bench)[0]?.document ?? '',
      /AUTHORISED<.*<balance accountType="IN_PROCESS_AUTHORISED"><amount value="1999"/,
    )
  })

  it('carries the credentials that are set, and none else', () => {
    const bench = kept()
    bench.send(order())
    assert.deepEqual(due(bench)[0]?.headers, { 'content-type': 'text/xml; charset=UTF-8' })
    setOptions(bench.state, { notificationUsername: 'me', notificationPassword: 'secret' })
    assert.equal(due(bench)[0]?.headers['authorization'], `Basic ${btoa('me:secret')}`)
  })
})

describe('the times of notifications', () => {
  it('are at once for AUTHORISED, REFUSED and CANCELLED, and the end of a batch for the others', () => {
    const bench = kept()
    bench.send(order())
    bench.send(order({ orderCode: 'o2', holder: 'REFUSED' }))
    bench.send(modification('<cancel/>', 'o1'))
    bench.send(order({ orderCode: 'o3', captureDelay: '0' }))
    assert.deepEqual(bench.told(), ['o1 AUTHORISED', 'o2 REFUSED', 'o3 AUTHORISED'])
    bench.pass(3_000)
    assert.deepEqual(bench.told(), ['o1 CANCELLED'])
    bench.pass(2_000)
    assert.deepEqual(bench.told(), [])
    assert.equal(nextNotificationMs(bench.state), bench.nowMs + 55_000)
    bench.pass(54_999)
    assert.deepEqual(bench.told(), [])
    bench.pass(1)
    assert.deepEqual(bench.told(), ['o3 CAPTURED'])
    assert.equal(nextNotificationMs(bench.state), undefined)
  })

  it('are divided by the time scale', () => {
    const bench = kept({ timeScale: 60 })
    bench.send(order({ captureDelay: '0' }))
    bench.told()
    bench.pass(1_000)
    assert.deepEqual(bench.told(), ['o1 CAPTURED'])
  })

  it('never ask to be looked at again without something to find', () => {
    const bench = kept()
    for (let count = 0; count < 50; count++) {
      const orderCode = `o${count}`
      bench.send(order({ orderCode, captureDelay: '0', holder: count % 5 === 0 ? 'REFUSED' : 'Jane Doe' }))
      bench.pass(700)
    }
    let looks = 0
    let told = 0
    for (;;) {
      const nextMs = nextNotificationMs(bench.state)
      if (nextMs === undefined) break
      bench.nowMs = Math.max(bench.nowMs, nextMs)
      for (const { id } of due(bench, 3)) {
        told++
        notificationDelivered(bench.state, id, looks % 7 !== 0, bench.nowMs)
      }
      looks++
      assert.ok(looks < 500)
    }
    assert.ok(told >= 90)
    assert.equal(bench.state.notifications.messages.length, 0)
  })
})

describe('the queue of notifications', () => {
  it('is empty while no address is set; what happened then is never told', () => {
    const bench = new Bench()
    bench.send(order())
    assert.deepEqual([due(bench), nextNotificationMs(bench.state)], [[], undefined])
    setOptions(bench.state, { notificationUrl: 'http://127.0.0.1:1/' })
    bench.send(capture(1999))
    bench.pass(60_000)
    assert.deepEqual(bench.told(), ['o1 CAPTURED'])
  })

  it('hands out no more than the limit, and the same ones until it hears of them', () => {
    const bench = kept()
    for (const orderCode of ['o1', 'o2', 'o3']) bench.send(order({ orderCode }))
    assert.deepEqual(codes(bench, 2), ['o1', 'o2'])
    assert.deepEqual(due(bench, 2), due(bench, 2))
    notificationDelivered(bench.state, due(bench)[0]?.id ?? '', true, bench.nowMs)
    notificationDelivered(bench.state, 'unknown', true, bench.nowMs)
    assert.deepEqual(codes(bench), ['o2', 'o3'])
  })

  it('is held back by what is not acknowledged, which is tried again', () => {
    const bench = kept()
    for (const orderCode of ['o1', 'o2']) bench.send(order({ orderCode }))
    const [first] = due(bench)
    notificationDelivered(bench.state, first?.id ?? '', false, bench.nowMs)
    assert.deepEqual(codes(bench), [])
    assert.equal(nextNotificationMs(bench.state), bench.nowMs + 30_000)
    bench.pass(30_000)
    assert.deepEqual([codes(bench), due(bench)[0]?.tries], [['o1'], 1])
    notificationDelivered(bench.state, first?.id ?? '', true, bench.nowMs)
    assert.deepEqual(bench.told(), ['o2 AUTHORISED'])
  })

  it('gives up what nobody acknowledges for seven days', () => {
    const bench = kept({ timeScale: 24 })
    for (const orderCode of ['o1', 'o2']) bench.send(order({ orderCode }))
    const [first] = due(bench)
    notificationDelivered(bench.state, first?.id ?? '', false, bench.nowMs)
    bench.pass(7 * 3_600_000 - 1)
    assert.deepEqual(codes(bench), ['o1'])
    bench.pass(1)
    assert.deepEqual(codes(bench), ['o2'])
    assert.equal(bench.state.notifications.dropped, 1)
    assert.equal(bench.state.orders['o1']?.untold, undefined)
  })

  it('has an end: what comes when it is full is given up', () => {
    const bench = kept()
    bench.send(order())
    const { messages } = bench.state.notifications
    const [one] = messages
    assert.ok(one !== undefined)
    while (messages.length < MESSAGES_MAX) messages.push(one)
    bench.send(order({ orderCode: 'o2' }))
    assert.deepEqual([messages.length, bench.state.notifications.dropped], [MESSAGES_MAX, 1])
  })

  it('tells every attempt on the hosted page', () => {
    const bench = kept()
    const ticket = bench.register(hosted())
    for (const result of ['failed', 'paid'] as const) {
      payHosted(bench.state, ticket, { method: 'IDEAL-SSL', result }, bench.nowMs)
    }
    assert.deepEqual(bench.told(), ['h1 REFUSED', 'h1 AUTHORISED'])
  })

  it('tells each booking once, whatever happens in the same millisecond', () => {
    let seed = 1
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return (seed >>> 16) % below
    }
    for (let run = 0; run < 60; run++) {
      const bench = kept({ notifyBatchMs: random(2) * 1_000, modifyMs: random(3) })
      const told: string[] = []
      let refunds = 0
      bench.send(order({ captureDelay: random(2) === 0 ? '0' : 'OFF' }))
      for (let step = 0; step < 40; step++) {
        const minor = random(600) + 1
        switch (random(6)) {
          case 0:
            bench.send(capture(minor))
            break
          case 1:
            if (bench.send(refund(minor)).includes('refundReceived')) refunds++
            break
          case 2:
            backOffice(bench.state, 'o1', 'charge-back', BigInt(minor), bench.nowMs)
            break
          case 3:
            backOffice(bench.state, 'o1', 'fail-capture', BigInt(minor), bench.nowMs)
            break
          case 4:
            told.push(...bench.told())
            break
          default:
            bench.pass(random(4) * random(2_000))
        }
      }
      bench.pass(100_000)
      told.push(...bench.told())
      const entries = ledgerOf(bench.state, 'o1', bench.nowMs)?.entries ?? []
      const count = (event: string) => told.filter((each) => each === `o1 ${event}`).length
      const booked = (...kinds: string[]) => entries.filter(({ kind }) => kinds.includes(kind)).length
      assert.equal(count('CAPTURED'), booked('captured'))
      assert.equal(count('CAPTURE_FAILED'), booked('capture-failed', 'capture-undone'))
      assert.equal(count('REFUNDED'), booked('refunded'))
      assert.equal(count('CHARGED_BACK'), booked('charged-back'))
      assert.equal(count('SENT_FOR_REFUND'), refunds)
      assert.equal(told.length, entries.length + refunds)
      assert.equal(bench.state.notifications.agenda.length, 0)
    }
  })
})
