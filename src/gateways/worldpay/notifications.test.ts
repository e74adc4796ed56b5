import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Notice } from '../../gateway/gateway.ts'
import { secret } from '../../gateway/secret.ts'
import { worldpay } from './gateway.ts'

const options = { environment: 'test', merchantCode: 'SHOPECOM', password: secret('p4ss') } as const
const { direct, hosted } = worldpay({
  ...options,
  notifications: { username: 'worldpay', password: secret('n0tify:u') },
})
const handler = direct.notification
assert.ok(handler)
const { parse, isAuthentic } = handler

const SAMPLE_16 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><notify><orderStatusEvent orderCode="ord-1001-a1"><payment><paymentMethod>VISA_CREDIT-SSL</paymentMethod><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/><lastEvent>CAPTURED</lastEvent><AuthorisationId id="622206"/><balance accountType="IN_PROCESS_CAPTURED"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></balance><riskScore value="0"/></payment><journal journalType="CAPTURED" sent="n"><bookingDate><date dayOfMonth="1" month="2" year="2027"/></bookingDate><accountTx accountType="IN_PROCESS_AUTHORISED"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="debit"/></accountTx><accountTx accountType="IN_PROCESS_CAPTURED" batchId="30"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></accountTx><journalReference type="capture" reference="cap-1"/></journal></orderStatusEvent></notify></paymentService>'
const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">'

function noticeIn(raw: string): Extract<Notice, { readonly kind: 'notice' }> {
  const notice = parse(raw)
  assert.ok(notice.kind === 'notice', notice.kind === 'unreadable' ? notice.why : '')
  return notice
}

/** An event with a journal of that type, or without one and only a last event. */
function event(word: string, { journal = true, content = '', balances = '' } = {}): string {
  const booked = journal ? `<journal journalType="${word}" sent="n"><bookingDate/>${content}</journal>` : ''
  return `${PROLOG}<paymentService version="1.4" merchantCode="SHOPECOM"><notify><orderStatusEvent orderCode="ord-1"><payment><paymentMethod>VISA-SSL</paymentMethod><amount value="1999" currencyCode="GBP" exponent="2"/><lastEvent>${word}</lastEvent>${balances}</payment>${booked}</orderStatusEvent></notify></paymentService>`
}

const EFFECTS: Readonly<Record<string, string>> = {
  SENT_FOR_REFUND: 'accepted',
  REFUNDED: 'done',
  REFUNDED_BY_MERCHANT: 'done',
  REFUND_FAILED: 'refused',
  REFUND_EXPIRED: 'refused',
}

void describe('notices', () => {
  void it('sample 16 tells the capture by our own reference, and what is booked', () => {
    for (const raw of [SAMPLE_16, PROLOG + SAMPLE_16, SAMPLE_16.replace('<journal ', '<token/><journal ')]) {
      assert.deepEqual(noticeIn(raw), {
        kind: 'notice',
        reference: 'ord-1001-a1',
        word: 'CAPTURED',
        modification: 'cap-1',
        effect: 'done',
        found: {
          kind: 'found',
          code: 'CAPTURED',
          word: 'CAPTURED',
          text: 'CAPTURED',
          pspReference: '622206',
          echo: { reference: 'ord-1001-a1', amountMinor: 1999n, currency: 'GBP', exponent: 2 },
          charge: 'approved',
          captured: true,
          balances: { authorizedMinor: 1999n, capturedMinor: 1999n, refundedMinor: 0n },
        },
      })
    }
  })

  void it('each event means one thing, with and without a journal', () => {
    const expected: Readonly<Record<string, string>> = {
      SENT_FOR_AUTHORISATION: 'pending',
      AUTHORISED: 'approved',
      REFUSED: 'declined',
      REFUSED_BY_BANK: 'declined',
      CANCELLED: 'reversed',
      EXPIRED: 'reversed expired',
      ERROR: 'nothing',
      CAPTURED: 'approved captured',
      CAPTURE_FAILED: 'approved failed capture',
      SETTLED: 'approved captured',
      SETTLED_BY_MERCHANT: 'approved captured',
      SENT_FOR_REFUND: 'approved captured refunding',
      REFUNDED: 'approved captured',
      REFUNDED_BY_MERCHANT: 'approved captured',
      REFUND_FAILED: 'approved captured failed refund',
      REFUND_EXPIRED: 'approved captured failed refund',
      REFUND_WEBFORM_ISSUED: 'nothing',
      CHARGED_BACK: 'approved captured charged-back',
      CHARGEBACK_REVERSED: 'approved captured reversed',
      INFORMATION_REQUESTED: 'nothing',
      INFORMATION_SUPPLIED: 'nothing',
      DISPUTE_RESERVED: 'nothing',
      DISPUTE_EXPIRED: 'nothing',
      VOIDED: 'reversed',
      REVOKED: 'reversed',
      OPEN: 'open',
      SHOPPER_REDIRECTED: 'open',
      SHOPPER_CANCELLED: 'open',
      SIGNED_FORM_RECEIVED: 'pending',
      SOMETHING_NEW: 'nothing',
      ['__proto__']: 'nothing',
    }
    for (const [word, meaning] of Object.entries(expected)) {
      for (const journal of [true, false]) {
        const { found, ...notice } = noticeIn(event(word, { journal }))
        assert.deepEqual(notice, { kind: 'notice', reference: 'ord-1', word })
        const said = [
          found?.charge ?? 'nothing',
          ...(found?.captured === true ? ['captured'] : []),
          ...(found?.refunding === true ? ['refunding'] : []),
          ...(found?.failed === undefined ? [] : [`failed ${found.failed}`]),
          ...(found?.dispute === undefined ? [] : [found.dispute]),
          ...(found?.expired === true ? ['expired'] : []),
        ]
        assert.equal(said.join(' '), meaning, word)
        assert.equal(found?.balances, undefined, 'what is not stated is not told')
      }
    }
  })

  void it('the journal’s word goes before the last event; without either there is no event', () => {
    const refunded = event('REFUNDED').replace('>REFUNDED</lastEvent>', '>SENT_FOR_REFUND</lastEvent>')
    assert.equal(noticeIn(refunded).word, 'REFUNDED')
    assert.equal(noticeIn(refunded).found?.refunding, undefined)
    for (const none of [event(''), event('null'), event('', { journal: false })]) {
      assert.deepEqual(noticeIn(none), { kind: 'notice', reference: 'ord-1', word: 'no event' })
    }
  })

  void it('name our own modification only where the journal has one of that kind', () => {
    const named = (word: string, content: string): string | undefined =>
      noticeIn(event(word, { content })).modification
    const capture = '<journalReference type="capture" reference="cap-1"/>'
    const refund = '<journalReference type="refund" reference="ref-1"/>'
    for (const word of ['CAPTURED', 'CAPTURE_FAILED', 'SETTLED', 'SETTLED_BY_MERCHANT']) {
      assert.equal(named(word, capture), 'cap-1', word)
      assert.equal(named(word, refund), undefined, word)
      assert.equal(named(word, refund + capture), 'cap-1', word)
    }
    for (const word of [
      'SENT_FOR_REFUND',
      'REFUNDED',
      'REFUNDED_BY_MERCHANT',
      'REFUND_FAILED',
      'REFUND_EXPIRED',
    ]) {
      assert.equal(named(word, refund), 'ref-1', word)
      assert.equal(noticeIn(event(word, { content: refund })).effect, EFFECTS[word], word)
      assert.equal(named(word, capture), undefined, word)
    }
    for (const word of ['AUTHORISED', 'CANCELLED', 'CHARGED_BACK', 'SOMETHING_NEW']) {
      assert.equal(named(word, capture + refund), undefined, word)
    }
    assert.equal(named('CAPTURED', capture + capture.replace('cap-1', 'cap-2')), undefined)
    assert.equal(named('CAPTURED', capture.replace('cap-1', '')), undefined)
    assert.equal(named('CAPTURED', capture.replace('cap-1', '&lt;b&gt; x')), undefined)
    assert.equal(named('AUTHORISED', '<journalReference reference="cap-1"/>'), undefined)
  })

  void it('a refund in full that shows its balances leaves nothing live; a contradiction tells nothing', () => {
    const left = (value: number): string =>
      `<balance accountType="IN_PROCESS_CAPTURED"><amount value="${value}" currencyCode="GBP" exponent="2"/></balance>`
    assert.equal(noticeIn(event('REFUNDED', { balances: left(0) })).found?.charge, 'reversed')
    assert.equal(noticeIn(event('REFUNDED', { balances: left(1499) })).found?.balances?.refundedMinor, 500n)
    assert.equal(noticeIn(event('CANCELLED', { balances: left(1999) })).found, undefined)
    assert.equal(noticeIn(event('CHARGED_BACK', { balances: left(0) })).found?.balances, undefined)
    assert.equal(noticeIn(event('AUTHORISED').replace(/<amount [^>]+>/, '')).found, undefined)
  })

  void it('of others, of other things, hostile or cut are unreadable, and nothing is thrown', () => {
    const entities = '<!DOCTYPE paymentService [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>'
    for (const raw of [
      SAMPLE_16.replace('SHOPECOM', 'OTHERSHOP'),
      SAMPLE_16.replace(' merchantCode="SHOPECOM"', ''),
      SAMPLE_16.replace('ord-1001-a1', ''),
      SAMPLE_16.replace('ord-1001-a1', 'x'.repeat(65)),
      SAMPLE_16.replace('ord-1001-a1', '&lt;script&gt;'),
      SAMPLE_16.replace('ord-1001-a1', 'ord 1001'),
      SAMPLE_16.replaceAll('notify>', 'reply>'),
      SAMPLE_16.replaceAll('orderStatusEvent', 'orderStatus'),
      SAMPLE_16.replace('</orderStatusEvent>', '</orderStatusEvent><orderStatusEvent/>'),
      SAMPLE_16.replace('</notify>', '</notify><notify/>'),
      SAMPLE_16.replaceAll('payment>', 'other>'),
      SAMPLE_16.replace('</payment>', '</payment><payment/>'),
      SAMPLE_16.replace('</journal>', '</journal><journal journalType="REFUNDED"/>'),
      entities + SAMPLE_16,
      SAMPLE_16.replace('CAPTURED', '&xxe;'),
      `<!DOCTYPE paymentService SYSTEM "file:///etc/passwd">${SAMPLE_16}`,
      '<a>'.repeat(100_000),
      `<a ${'b="" '.repeat(10_000)}/>`,
      '\u0000',
      '',
      'x'.repeat(2_000_000),
    ]) {
      assert.equal(parse(raw).kind, 'unreadable', raw.slice(0, 3_000))
    }
    for (let length = 0; length < SAMPLE_16.length; length++) {
      const notice = parse(SAMPLE_16.slice(0, length))
      assert.ok(notice.kind === 'unreadable' && notice.why.length > 0 && notice.why.length <= 300)
    }
  })
})

void describe('the door that Worldpay knocks at', () => {
  const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`

  void it('is one for both gateways, and acknowledges as Worldpay wants it', () => {
    assert.equal(handler.path, 'worldpay')
    assert.deepEqual(handler.acknowledgement, { status: 200, contentType: 'text/plain', body: '[OK]' })
    assert.equal(hosted.notification, direct.notification)
  })

  void it('opens to the credentials that were agreed on, and to nothing else', () => {
    assert.equal(handler.hasCredentials, true)
    const right = basic('worldpay:n0tify:u')
    for (const authorization of [right, right.replace('Basic', 'basic'), right.replace(/=+$/, '')]) {
      assert.equal(isAuthentic({ authorization }), true, authorization)
    }
    for (const authorization of [
      undefined,
      '',
      'Basic',
      'Basic ',
      right.replace('Basic', 'Bearer'),
      right.toLowerCase(),
      `${right}x`,
      `${right} `,
      basic('worldpay:n0tify'),
      basic('worldpay:n0tify:uu'),
      basic('Worldpay:n0tify:u'),
      basic(':'),
      'worldpay:n0tify:u',
      `Basic ${'A'.repeat(100_000)}`,
    ]) {
      assert.equal(isAuthentic({ authorization }), false, authorization?.slice(0, 100))
    }
    assert.equal(isAuthentic({}), false)
  })

  void it('stays shut with any one character changed, and to the credentials of another account', () => {
    const right = basic('worldpay:n0tify:u')
    for (let at = 0; at < right.length; at++) {
      for (const other of ['A', 'b', '0', '=', ':', ' ', '\u0000', 'é']) {
        const changed = right.slice(0, at) + other + right.slice(at + 1)
        // Without its padding, and in other letters in front, it is the same.
        const isSame =
          /^basic /i.test(changed) &&
          changed.slice(6).replace(/=+$/, '') === right.slice(6).replace(/=+$/, '')
        assert.equal(isAuthentic({ authorization: changed }), isSame, changed)
      }
    }
    const others = worldpay({
      ...options,
      merchantCode: 'OTHERSHOP',
      notifications: { username: 'worldpay', password: secret('n0tify:u.') },
    }).direct.notification
    assert.equal(others?.isAuthentic({ authorization: right }), false)
    assert.equal(isAuthentic({ authorization: basic('worldpay:n0tify:u.') }), false)
    // Also with the right credentials, what is about another merchant is not taken.
    assert.equal(others?.parse(SAMPLE_16).kind, 'unreadable')
  })

  void it('stays shut where none were agreed on', () => {
    const { notification } = worldpay(options).direct
    assert.equal(notification?.hasCredentials, false)
    for (const authorization of [undefined, '', basic(':'), basic('undefined:undefined')]) {
      assert.equal(notification.isAuthentic({ authorization }), false)
    }
  })
})
