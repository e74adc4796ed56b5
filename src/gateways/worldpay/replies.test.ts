import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Found, GatewayOperation, Outcome } from '../../gateway/gateway.ts'
import { chargeOutcome, inquiryFound, modificationOutcome } from './replies.ts'
import { lastEvents } from './words.ts'

const merchant = { merchantCode: 'SHOPECOM' }
const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">'

const SAMPLE_02 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1001-a1"><payment><paymentMethod>VISA_CREDIT-SSL</paymentMethod><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/><lastEvent>AUTHORISED</lastEvent><AuthorisationId id="622206"/><CVCResultCode description="A"/><AVSResultCode description="A"/><cardHolderName><![CDATA[Jane Doe]]></cardHolderName><issuerCountryCode>GB</issuerCountryCode><balance accountType="IN_PROCESS_AUTHORISED"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></balance><cardNumber>4444********1111</cardNumber><riskScore value="0"/></payment></orderStatus></reply></paymentService>'
const SAMPLE_03 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1001-a2"><payment><paymentMethod>VISA_CREDIT-SSL</paymentMethod><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/><lastEvent>REFUSED</lastEvent><ISO8583ReturnCode code="51" description="LIMIT EXCEEDED"/><riskScore value="0"/></payment></orderStatus></reply></paymentService>'
const SAMPLE_04 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1001-a1"><challengeRequired><threeDSChallengeDetails><threeDSVersion>2.2.0</threeDSVersion><transactionId3DS>rUT8fzKDaiVxuW5UCwq0</transactionId3DS><acsURL><![CDATA[http://127.0.0.1:9000/acs]]></acsURL><payload>eyJtZXNzYWdlVHlwZSI6IkNSZXEifQ</payload></threeDSChallengeDetails></challengeRequired></orderStatus></reply></paymentService>'
const SAMPLE_07 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><ok><captureReceived orderCode="ord-1001-a1"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></captureReceived></ok></reply></paymentService>'
const SAMPLE_10 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><ok><refundReceived orderCode="ord-1001-a1"><amount value="500" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></refundReceived></ok></reply></paymentService>'
const SAMPLE_12 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-9999"><error code="5"><![CDATA[Could not find payment for order]]></error></orderStatus></reply></paymentService>'
const SAMPLE_13 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><error code="5"><![CDATA[Duplicate Order]]></error></reply></paymentService>'

function answer(text: string, status = 200): Answer {
  return { status, headers: {}, body: Buffer.from(text) }
}

function charge(reference = 'ord-1001-a1'): GatewayOperation {
  return {
    reference,
    kind: 'authorize',
    amountMinor: 1999n,
    currency: 'GBP',
    orderId: '1001',
    description: 'Order 1001',
    payer: undefined,
    payerIp: undefined,
    target: undefined,
  }
}

function modification(kind: GatewayOperation['kind'], amountMinor = 1999n): GatewayOperation {
  const target = { reference: 'ord-1001-a1', kind: 'authorize', amountMinor: 1999n, currency: 'GBP' } as const
  return { ...charge('mod-1'), kind, amountMinor, target }
}

function charged(text: string, operation = charge()): Outcome {
  return chargeOutcome(answer(PROLOG + text), operation, merchant)
}

function modified(text: string, kind: GatewayOperation['kind'] = 'capture'): Outcome {
  return modificationOutcome(answer(PROLOG + text), modification(kind), merchant)
}

function found(text: string, operation = charge()): Found {
  return inquiryFound(answer(PROLOG + text), operation, merchant)
}

function reply(content: string): string {
  return `<paymentService version="1.4" merchantCode="SHOPECOM"><reply>${content}</reply></paymentService>`
}

function amount(value: number | bigint, extra = ''): string {
  return `<amount value="${value}" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"${extra}/>`
}

function status(event: string, ...balances: readonly (readonly [string, number])[]): string {
  const shown = balances.map(
    ([account, value]) => `<balance accountType="${account}">${amount(value)}</balance>`,
  )
  return reply(
    `<orderStatus orderCode="ord-1001-a1"><payment><paymentMethod>VISA-SSL</paymentMethod>${amount(1999)}<lastEvent>${event}</lastEvent>${shown.join('')}</payment></orderStatus>`,
  )
}

function error(code: string, text: string): string {
  return reply(
    `<orderStatus orderCode="ord-1001-a1"><error code="${code}"><![CDATA[ ${text} ]]></error></orderStatus>`,
  )
}

const ECHO = { reference: 'ord-1001-a1', amountMinor: 1999n, currency: 'GBP', exponent: 2 }

void test('sample 02 is an approval that echoes what it is about', () => {
  assert.deepEqual(charged(SAMPLE_02), {
    kind: 'approved',
    code: 'AUTHORISED',
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
    CANCELLED: ['declined', 'reversed'],
    VOIDED: ['declined', 'reversed'],
    EXPIRED: ['declined', 'reversed'],
    SENT_FOR_REFUND: ['unclear', 'approved captured'],
    REFUNDED: ['unclear', 'approved captured'],
    REFUNDED_BY_MERCHANT: ['unclear', 'approved captured'],
    REFUND_FAILED: ['unclear', 'approved captured failed refund'],
    REFUND_EXPIRED: ['unclear', 'approved captured failed refund'],
    REFUND_WEBFORM_ISSUED: ['approved', 'approved captured'],
    CHARGED_BACK: ['approved', 'approved captured'],
    CHARGEBACK_REVERSED: ['approved', 'approved captured'],
    INFORMATION_REQUESTED: ['approved', 'approved captured'],
    INFORMATION_SUPPLIED: ['approved', 'approved captured'],
  }
  assert.deepEqual([...lastEvents.keys()].sort(), Object.keys(expected).sort())
  for (const [event, [outcome, finding]] of Object.entries(expected)) {
    assert.equal(charged(status(event)).kind, outcome, event)
    const read = found(status(event))
    assert.equal(read.kind, 'found', event)
    if (read.kind !== 'found') continue
    const said = `${read.charge}${read.captured ? ' captured' : ''}${read.failed ? ` failed ${read.failed}` : ''}`
    assert.equal(said, finding, event)
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

void test('a refund in full leaves no live money; one in part, or one that shows no balance, does', () => {
  const full = found(status('REFUNDED', ['IN_PROCESS_CAPTURED', 0]))
  assert.equal(full.kind === 'found' && full.charge, 'reversed')
  const part = found(status('REFUNDED', ['IN_PROCESS_CAPTURED', 1499]))
  assert.equal(part.kind === 'found' && part.charge, 'approved')
  assert.deepEqual(part.kind === 'found' && part.balances, {
    authorizedMinor: 1999n,
    capturedMinor: 1999n,
    refundedMinor: 500n,
  })
  const open = found(status('REFUNDED', ['IN_PROCESS_AUTHORISED', 1499], ['IN_PROCESS_CAPTURED', 0]))
  assert.equal(open.kind === 'found' && open.charge, 'approved', 'the rest can still be captured')
  const silent = found(status('REFUNDED'))
  assert.equal(silent.kind === 'found' && silent.charge, 'approved')
  assert.equal(silent.kind === 'found' && silent.balances, undefined)
})

void test('a refund that was sent has not ended: it may fail, so money is live', () => {
  const unmoved = found(status('SENT_FOR_REFUND', ['IN_PROCESS_CAPTURED', 1999]))
  assert.equal(unmoved.kind === 'found' && unmoved.charge, 'approved')
  assert.deepEqual(unmoved.kind === 'found' && unmoved.balances, {
    authorizedMinor: 1999n,
    capturedMinor: 1999n,
    refundedMinor: 0n,
  })
  const moved = found(status('SENT_FOR_REFUND', ['IN_PROCESS_CAPTURED', 0]))
  assert.equal(moved.kind === 'found' && moved.charge, 'approved')
})

void test('a refund that failed leaves what earlier ones gave back', () => {
  for (const event of ['REFUND_FAILED', 'REFUND_EXPIRED']) {
    const nothing = found(status(event, ['IN_PROCESS_CAPTURED', 1999]))
    const some = found(status(event, ['IN_PROCESS_AUTHORISED', 999], ['IN_PROCESS_CAPTURED', 700]))
    assert.equal(some.kind === 'found' && some.charge, 'approved')
    assert.equal(some.kind === 'found' && some.failed, 'refund')
    assert.deepEqual(nothing.kind === 'found' && nothing.balances, {
      authorizedMinor: 1999n,
      capturedMinor: 1999n,
      refundedMinor: 0n,
    })
    assert.deepEqual(some.kind === 'found' && some.balances, {
      authorizedMinor: 1999n,
      capturedMinor: 1000n,
      refundedMinor: 300n,
    })
  }
})

void test('what can be refunded is no answer to what became of a refund', () => {
  const refundable = reply(`<refundableAmount orderCode="ord-1001-a1">${amount(1499)}</refundableAmount>`)
  assert.equal(found(refundable, modification('refund', 500n)).kind, 'unavailable')
})

void test('a cancelled order of which money is taken is a contradiction, not an end', () => {
  assert.equal(found(status('CANCELLED', ['IN_PROCESS_CAPTURED', 500])).kind, 'unavailable')
})

void test('balances are read where they can be: all known, and in the currency of the order', () => {
  const balances = (text: string): unknown => {
    const read = found(text)
    return read.kind === 'found' ? read.balances : 'not found'
  }
  assert.deepEqual(balances(status('AUTHORISED', ['IN_PROCESS_AUTHORISED', 1999])), {
    authorizedMinor: 1999n,
    capturedMinor: 0n,
    refundedMinor: 0n,
  })
  assert.deepEqual(
    balances(status('CAPTURED', ['IN_PROCESS_AUTHORISED', 1499], ['IN_PROCESS_CAPTURED', 500])),
    {
      authorizedMinor: 1999n,
      capturedMinor: 500n,
      refundedMinor: 0n,
    },
  )
  assert.deepEqual(
    balances(status('SETTLED', ['SETTLED_BIBIT_NET', 1900], ['SETTLED_BIBIT_COMMISSION', 99])),
    { authorizedMinor: 1999n, capturedMinor: 1999n, refundedMinor: 0n },
  )
  assert.equal(balances(status('CAPTURED', ['SOMETHING_ELSE', 1999])), undefined)
  assert.equal(balances(status('CAPTURED', ['IN_PROCESS_CAPTURED', 2000])), undefined)
  const foreign = status('CAPTURED', ['IN_PROCESS_CAPTURED', 1999]).replace(
    `<balance accountType="IN_PROCESS_CAPTURED">${amount(1999)}`,
    `<balance accountType="IN_PROCESS_CAPTURED">${amount(1999).replace('GBP', 'EUR')}`,
  )
  assert.equal(balances(foreign), undefined)
})

void test('the balances of a currency that Worldpay counts otherwise are in ISO minor units, the echo is not', () => {
  const huf = status('CAPTURED', ['IN_PROCESS_CAPTURED', 1999])
    .replaceAll('GBP', 'HUF')
    .replaceAll('exponent="2"', 'exponent="0"')
  const read = found(huf)
  assert.equal(read.kind === 'found' && read.balances?.capturedMinor, 199_900n)
  assert.deepEqual(read.kind === 'found' && read.echo, { ...ECHO, currency: 'HUF', exponent: 0 })
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
