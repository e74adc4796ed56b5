import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../gateway/gateway.ts'
import { chargeOutcome } from './charge-replies.ts'
import { inquiryFound } from './found.ts'
import {
  amount,
  answer,
  charge,
  charged,
  ECHO,
  error,
  found,
  merchant,
  modified,
  PROLOG,
  reply,
  SAMPLE_02,
  SAMPLE_03,
  SAMPLE_04,
  SAMPLE_07,
  SAMPLE_10,
  SAMPLE_12,
  SAMPLE_13,
  status,
} from './replies.test-data.ts'
import { lastEvents } from './words.ts'

void test('sample 02 is an approval that echoes what it is about', () => {
  assert.deepEqual(charged(SAMPLE_02), {
    kind: 'approved',
    code: 'AUTHORISED',
    word: 'AUTHORISED',
    text: 'AUTHORISED',
    pspReference: '622206',
    maskedCard: '4444********1111',
    echo: ECHO,
    captured: false,
  })
})

void test('sample 03 is a decline with the code of the bank', () => {
  const outcome = charged(SAMPLE_03, charge('ord-1001-a2'))
  assert.equal(outcome.kind, 'declined')
  assert.equal(outcome.kind === 'declined' && outcome.code, '51')
  assert.equal(outcome.kind === 'declined' && outcome.text, 'REFUSED: LIMIT EXCEEDED')
})

void test('sample 04, a challenge that was not asked for, is unclear', () => {
  assert.equal(charged(SAMPLE_04).kind, 'unclear')
})

void test('samples 07 and 10 are receipts for what was asked, and for nothing else', () => {
  const receipt = modified(SAMPLE_07)
  assert.equal(receipt.kind, 'accepted')
  assert.deepEqual(receipt.kind === 'accepted' && receipt.echo, ECHO)
  assert.equal(modified(SAMPLE_10, 'refund').kind, 'accepted')
  assert.equal(modified(SAMPLE_10, 'capture').kind, 'unclear')
  assert.equal(modified(SAMPLE_07, 'refund').kind, 'unclear')
  const cancelled = reply('<ok><cancelReceived orderCode="ord-1001-a1"/></ok>')
  assert.equal(modified(cancelled, 'void').kind, 'accepted')
  assert.equal(
    modified(reply('<ok><voidReceived orderCode="ord-1001-a1"/></ok>'), 'reversal').kind,
    'accepted',
  )
  assert.equal(modified(reply('<ok><voidReceived orderCode="ord-other"/></ok>'), 'reversal').kind, 'unclear')
})

void test('sample 12 is "not found" to an inquiry, a refusal to a modification and unclear to a charge', () => {
  assert.equal(found(SAMPLE_12, charge('ord-9999')).kind, 'not-found')
  assert.equal(found(SAMPLE_12).kind, 'unavailable', 'it is about another order')
  assert.equal(modified(error('5', 'Could not find payment for order')).kind, 'refused')
  assert.equal(charged(error('5', 'Could not find payment for order')).kind, 'unclear')
})

void test('sample 13 is a duplicate, with or without the order code', () => {
  assert.equal(charged(SAMPLE_13).kind, 'duplicate')
  assert.equal(charged(error('5', 'Duplicate Order')).kind, 'duplicate')
  assert.equal(found(SAMPLE_13).kind, 'unavailable')
})

void test('each last event means one thing to a charge and one to an inquiry', () => {
  const expected: Readonly<Record<string, readonly [Outcome['kind'], string]>> = {
    AUTHORISED: ['approved', 'approved'],
    CAPTURED: ['approved', 'approved captured'],
    SETTLED: ['approved', 'approved captured'],
    SETTLED_BY_MERCHANT: ['approved', 'approved captured'],
    CAPTURE_FAILED: ['unclear', 'approved failed capture'],
    REFUSED: ['declined', 'declined'],
    REFUSED_BY_BANK: ['declined', 'declined'],
    SENT_FOR_AUTHORISATION: ['pending', 'pending'],
    SIGNED_FORM_RECEIVED: ['pending', 'pending'],
    OPEN: ['unclear', 'open'],
    SHOPPER_REDIRECTED: ['unclear', 'open'],
    SHOPPER_CANCELLED: ['unclear', 'open'],
    CANCELLED: ['declined', 'reversed'],
    VOIDED: ['declined', 'reversed'],
    REVOKED: ['declined', 'reversed'],
    EXPIRED: ['declined', 'reversed expired'],
    SENT_FOR_REFUND: ['unclear', 'approved captured'],
    REFUNDED: ['unclear', 'approved captured'],
    REFUNDED_BY_MERCHANT: ['unclear', 'approved captured'],
    REFUND_FAILED: ['unclear', 'approved captured failed refund'],
    REFUND_EXPIRED: ['unclear', 'approved captured failed refund'],
    REFUND_WEBFORM_ISSUED: ['approved', 'approved captured'],
    CHARGED_BACK: ['unclear', 'approved captured dispute charged-back'],
    CHARGEBACK_REVERSED: ['unclear', 'approved captured dispute reversed'],
    INFORMATION_REQUESTED: ['approved', 'approved captured'],
    INFORMATION_SUPPLIED: ['approved', 'approved captured'],
  }
  assert.deepEqual([...lastEvents.keys()].sort(), Object.keys(expected).sort())
  for (const [event, [outcome, finding]] of Object.entries(expected)) {
    assert.equal(charged(status(event)).kind, outcome, event)
    const read = found(status(event))
    assert.equal(read.kind, 'found', event)
    if (read.kind !== 'found') continue
    const said = [
      read.charge,
      ...(read.captured ? ['captured'] : []),
      ...(read.failed === undefined ? [] : [`failed ${read.failed}`]),
      ...(read.dispute === undefined ? [] : [`dispute ${read.dispute}`]),
      ...(read.expired === true ? ['expired'] : []),
    ]
    assert.equal(said.join(' '), finding, event)
    assert.equal(read.word, event)
  }
})

void test('ERROR, null, nothing and a word that is not in the table decide nothing', () => {
  for (const event of ['ERROR', 'null', '', 'AUTHORISED_PROBABLY', '__proto__', 'authorised']) {
    assert.equal(charged(status(event)).kind, 'unclear', event)
    assert.equal(found(status(event)).kind, 'unavailable', event)
  }
  const twice = status('AUTHORISED').replace('<lastEvent>', '<lastEvent>REFUSED</lastEvent><lastEvent>')
  assert.equal(charged(twice).kind, 'unclear')
})

void test('an approval that does not say of how much, or says debit, is unclear', () => {
  for (const broken of [
    '',
    '<amount value="1999" currencyCode="GBP"/>',
    '<amount value="-1999" currencyCode="GBP" exponent="2"/>',
    '<amount value="19.99" currencyCode="GBP" exponent="2"/>',
    amount(1999).replace('"credit"', '"debit"'),
    amount(1999) + amount(1),
  ]) {
    const text = status('AUTHORISED').replace(amount(1999), broken)
    assert.equal(charged(text).kind, 'unclear', broken)
    assert.equal(found(text).kind, 'unavailable', broken)
  }
})

void test('errors that Worldpay finds before it processes anything are invalid; what is not listed is unclear', () => {
  const cases: readonly (readonly [string, string, Outcome['kind'], Outcome['kind']])[] = [
    ['1', 'Internal error', 'unclear', 'unclear'],
    ['2', 'Element type "ordr" must be declared', 'invalid', 'invalid'],
    ['3', 'Amount is not valid', 'invalid', 'invalid'],
    ['4', 'Security violation', 'invalid', 'invalid'],
    [
      '5',
      'XML failed validation: Invalid payment details : Card number not recognised: 1',
      'invalid',
      'invalid',
    ],
    ['5', 'Something new', 'unclear', 'unclear'],
    ['6', 'Invalid batch', 'invalid', 'invalid'],
    ['7', 'Invalid payment details : Expiry date = 10/2019', 'invalid', 'invalid'],
    ['7', 'Could not find order', 'unclear', 'unclear'],
    ['8', 'Service not available', 'unclear', 'unclear'],
    ['9', 'Request in progress', 'unclear', 'unclear'],
    ['', 'Duplicate Order', 'unclear', 'unclear'],
    [
      '5',
      'Requested capture amount (GBP 1.01) exceeds the authorised balance for this payment (GBP 1.00)',
      'unclear',
      'refused',
    ],
    ['5', 'Refund amount too high', 'unclear', 'refused'],
    ['5', 'Order not ready', 'unclear', 'refused'],
    ['5', 'Duplicate Order', 'duplicate', 'unclear'],
  ]
  for (const [code, text, toCharge, toModification] of cases) {
    assert.equal(charged(error(code, text)).kind, toCharge, text)
    assert.equal(modified(error(code, text)).kind, toModification, text)
    assert.equal(found(error(code, text)).kind, 'unavailable', text)
    assert.equal(charged(error(code, text).replaceAll('ord-1001-a1', 'ord-x')).kind, 'unclear', text)
  }
})

void test('accounts that answer modifications at once say done or refused', () => {
  const repeated = '<orderModification orderCode="ord-1001-a1"><capture/></orderModification>'
  assert.equal(modified(status('CAPTURED').replace('</reply>', `${repeated}</reply>`)).kind, 'done')
  assert.equal(modified(status('SENT_FOR_REFUND'), 'refund').kind, 'accepted')
  assert.equal(modified(status('REFUNDED'), 'refund').kind, 'done')
  assert.equal(modified(status('AUTHORISED'), 'reversal').kind, 'unclear')
  assert.equal(modified(status('CAPTURE_FAILED')).kind, 'refused')
  assert.equal(modified(status('CANCELLED'), 'void').kind, 'done')
  assert.equal(modified(status('AUTHORISED')).kind, 'unclear')
  assert.equal(modified(status('CAPTURED').replaceAll('ord-1001-a1', 'ord-x')).kind, 'unclear')
})

void test('HTTP 401 was never processed; any other status than 200 says nothing', () => {
  const html = answer('<html><body>Unauthorized</body></html>', 401)
  const outcome = chargeOutcome(html, charge(), merchant)
  assert.equal(outcome.kind, 'invalid')
  assert.equal(outcome.kind === 'invalid' && outcome.code, '401')
  assert.equal(inquiryFound(html, charge(), merchant).kind, 'unavailable')
  for (const code of [201, 302, 403, 500, 502, 503]) {
    assert.equal(chargeOutcome(answer(PROLOG + SAMPLE_02, code), charge(), merchant).kind, 'unclear')
    assert.equal(inquiryFound(answer(PROLOG + SAMPLE_02, code), charge(), merchant).kind, 'unavailable')
  }
})

void test('a reply for another merchant or order, and a document that is no reply, decide nothing', () => {
  for (const text of [
    SAMPLE_02.replace('SHOPECOM', 'OTHERSHOP'),
    SAMPLE_02.replace('ord-1001-a1', 'ord-1001-a2'),
    SAMPLE_02.replaceAll('reply>', 'notify>'),
    SAMPLE_02.replaceAll('paymentService', 'other'),
    SAMPLE_02.replace('</reply>', '</reply><reply/>'),
    SAMPLE_02.replace('<reply>', '<reply><error code="5">Duplicate Order</error>'),
    SAMPLE_02.replace('</payment>', '</payment><error code="5">Duplicate Order</error>'),
    SAMPLE_02.replace('</payment>', '</payment><payment/>'),
    reply(''),
    reply('<ok/>'),
    '<html>Bad gateway</html>',
    '',
  ]) {
    assert.equal(charged(text).kind, 'unclear', text)
    assert.equal(found(text).kind, 'unavailable', text)
  }
})

void test('a reply that was cut anywhere is unclear', () => {
  const whole = Buffer.from(PROLOG + SAMPLE_02)
  for (let length = 0; length < whole.length; length++) {
    const cut = { status: 200, headers: {}, body: whole.subarray(0, length) }
    assert.equal(chargeOutcome(cut, charge(), merchant).kind, 'unclear')
  }
})

void test('an older public id, none at all, a stray ampersand and text after the root are understood', () => {
  const quirky = SAMPLE_02.replace('Jane Doe', 'J & D').replace('VISA_CREDIT-SSL', 'A & B')
  const bibit =
    '<!DOCTYPE paymentService PUBLIC "-//Bibit//DTD Bibit PaymentService v1//EN" "http://dtd.bibit.com/paymentService_v1.dtd">'
  for (const text of [quirky, bibit + quirky, `${PROLOG}${quirky}\n stray`]) {
    assert.equal(chargeOutcome(answer(text), charge(), merchant).kind, 'approved')
  }
})

void test('a card number in a reply reaches no note, and an unmasked one is not shown', () => {
  const outcome = charged(error('7', 'Invalid payment details : Card number : 4444333322221111'))
  assert.equal(outcome.kind, 'invalid')
  assert.doesNotMatch(JSON.stringify({ ...outcome, echo: '' }), /4444333322221111/)
  const shown = charged(SAMPLE_02.replace('4444********1111', '4444333322221111'))
  assert.equal(shown.kind === 'approved' && shown.maskedCard, undefined)
})
