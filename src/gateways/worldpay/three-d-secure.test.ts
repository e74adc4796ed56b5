import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { CounterfoilError } from '../../errors.ts'
import type { Answer, GatewayOperation, Handover, Outcome, Visit } from '../../gateway/gateway.ts'
import { secret } from '../../gateway/secret.ts'
import type { WorldpayOptions } from './config.ts'
import { worldpay } from './gateway.ts'
import { signedJwt } from './jwt.ts'
import { machineCookieOf } from './machine-cookie.ts'

const NOW_MS = 1_800_000_000_123

const options = {
  environment: 'test',
  merchantCode: 'SHOPECOM',
  password: secret('p4ss'),
  threeDSecure: { issuer: 'jwt-user', orgUnitId: '5c5c', secret: secret('jwt-key') },
} as const satisfies WorldpayOptions
const { direct } = worldpay(options)

const charge: GatewayOperation = {
  reference: 'ord-1001-a1',
  kind: 'sale',
  leg: 1,
  amountMinor: 1999n,
  currency: 'GBP',
  orderId: '1001',
  description: 'Order 1001',
  payer: undefined,
  payerIp: undefined,
  browser: undefined,
  target: undefined,
  handover: undefined,
  mustAuthenticate: false,
}

const SAMPLE_04 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1001-a1"><challengeRequired><threeDSChallengeDetails><threeDSVersion>2.2.0</threeDSVersion><transactionId3DS>rUT8fzKDaiVxuW5UCwq0</transactionId3DS><acsURL><![CDATA[http://127.0.0.1:9000/acs]]></acsURL><payload>eyJtZXNzYWdlVHlwZSI6IkNSZXEifQ</payload></threeDSChallengeDetails></challengeRequired></orderStatus></reply></paymentService>'
const SAMPLE_05 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><submit><order orderCode="ord-1001-a1"><info3DSecure><completedAuthentication/></info3DSecure><session id="ord-1001-a1"/></order></submit></paymentService>'

function answer(body: string, cookies = 'machine=0ab20014;path=/;Secure'): Answer {
  return { status: 200, headers: { 'set-cookie': cookies }, body: Buffer.from(body) }
}

function read(body: string, operation = charge, cookies?: string): Outcome {
  const outcome = direct.operations.sale?.read(answer(body, cookies), operation)
  assert.ok(outcome)
  return outcome
}

function handoverOf(outcome: Outcome): Handover {
  assert.ok(outcome.kind === 'challenge', `${outcome.kind}: ${outcome.text}`)
  return outcome.handover
}

function secondLeg(handover: Handover | undefined, reference = charge.reference, gateway = direct) {
  const operation = { ...charge, reference, leg: 2, handover }
  const exchange = gateway.operations.sale?.build(operation, { card: undefined })
  assert.ok(exchange)
  return exchange
}

function isStateError(error: unknown): boolean {
  return error instanceof CounterfoilError && error.code === 'CF_PAYMENT_STATE'
}

const at = (door: string): string => `https://shop.example/return/${door}`
const visit: Visit = {
  reference: charge.reference,
  fresh: { nowMs: NOW_MS, nonce: 'nonce-1' },
  returnUrls: {
    success: at('success'),
    failure: at('failure'),
    pending: at('pending'),
    cancel: at('cancel'),
    error: at('error'),
    challenge: at('challenge'),
  },
}

/** The claims of a token whose signature holds. */
function claimsOf(token: string | undefined): unknown {
  const [head = '', body = '', signature] = (token ?? '').split('.')
  assert.equal(createHmac('sha256', 'jwt-key').update(`${head}.${body}`).digest('base64url'), signature)
  return JSON.parse(Buffer.from(body, 'base64url').toString())
}

void describe('challenges', () => {
  void it('sample 04 hands over what the payer’s browser and the next leg need', () => {
    const outcome = read(SAMPLE_04)
    const { machine, ...rest } = handoverOf(outcome)
    assert.deepEqual(rest, {
      kind: 'challenge',
      acsUrl: 'http://127.0.0.1:9000/acs',
      payload: 'eyJtZXNzYWdlVHlwZSI6IkNSZXEifQ',
      transactionId: 'rUT8fzKDaiVxuW5UCwq0',
      version: '2.2.0',
    })
    assert.match(machine ?? '', /^v1\.[\w-]+$/)
    assert.deepEqual(outcome.kind === 'challenge' && outcome.echo, { reference: 'ord-1001-a1' })
  })

  void it('that a browser could not be sent to are unclear', () => {
    const details = /<threeDSChallengeDetails>.*<\/threeDSChallengeDetails>/
    for (const broken of [
      SAMPLE_04.replace(details, ''),
      SAMPLE_04.replace(details, '$&$&'),
      SAMPLE_04.replace('http://127.0.0.1:9000/acs', 'http://acs.example/'),
      SAMPLE_04.replace('http://127.0.0.1:9000/acs', 'javascript:alert(1)'),
      SAMPLE_04.replace('http://127.0.0.1:9000/acs', `https://acs.example/${'x'.repeat(2_048)}`),
      SAMPLE_04.replace('eyJtZXNzYWdlVHlwZSI6IkNSZXEifQ', ''),
      SAMPLE_04.replace('eyJtZXNzYWdlVHlwZSI6IkNSZXEifQ', 'x'.repeat(8_001)),
      SAMPLE_04.replace('rUT8fzKDaiVxuW5UCwq0', ' '),
      SAMPLE_04.replace('ord-1001-a1', 'ord-1001-a2'),
    ]) {
      assert.equal(read(broken).kind, 'unclear', broken)
    }
  })

  void it('that nobody asked for are unclear, and a soft decline is a decline, without 3-D Secure', () => {
    const { threeDSecure: _, ...without } = options
    const plain = worldpay(without).direct.operations.sale
    assert.equal(plain?.read(answer(SAMPLE_04), charge).kind, 'unclear')
    const outcome = plain.read(answer(refused('<ISO8583ReturnCode code="65"/>')), charge)
    assert.equal(outcome.kind === 'declined' && outcome.soft, undefined)
    assert.throws(
      () => secondLeg(handoverOf(read(SAMPLE_04)), undefined, worldpay(without).direct),
      isStateError,
    )
  })

  void it('soft declines are told by the bank’s code or by the exemption that was not granted', () => {
    const soft = (body: string): boolean | undefined => {
      const outcome = read(body)
      assert.equal(outcome.kind, 'declined')
      return outcome.kind === 'declined' ? outcome.soft : undefined
    }
    assert.equal(soft(refused('<ISO8583ReturnCode code="65" description="AUTHENTICATION REQUIRED"/>')), true)
    assert.equal(soft(refused('', '<exemptionResponse result="REJECTED" reason="HIGH_RISK"/>')), true)
    assert.equal(soft(refused('', '<exemptionResponse result="OUT_OF_SCOPE"/>')), true)
    assert.equal(soft(refused('', '<exemptionResponse result="HONOURED"/>')), undefined)
    assert.equal(soft(refused('<ISO8583ReturnCode code="51" description="LIMIT EXCEEDED"/>')), undefined)
  })
})

function refused(code: string, beside = ''): string {
  return `<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1001-a1"><payment><paymentMethod>VISA-SSL</paymentMethod><amount value="1999" currencyCode="GBP" exponent="2"/><lastEvent>REFUSED</lastEvent>${code}</payment>${beside}</orderStatus></reply></paymentService>`
}

void describe('the second leg', () => {
  void it('is sample 05, with the cookie of the machine that had the first', () => {
    const exchange = secondLeg(handoverOf(read(SAMPLE_04)))
    assert.ok(exchange.body.endsWith(SAMPLE_05))
    assert.equal(exchange.headers['cookie'], 'machine=0ab20014')
    assert.match(exchange.headers['authorization'] ?? '', /^Basic /)
    const without = secondLeg(handoverOf(read(SAMPLE_04, charge, 'other=1')))
    assert.equal(without.headers['cookie'], undefined)
  })

  void it('keeps the cookie until a newer one replaces it', () => {
    const first = handoverOf(read(SAMPLE_04))
    const next = { ...charge, leg: 2, handover: first }
    const same = handoverOf(read(SAMPLE_04, next, ''))
    assert.equal(secondLeg(same).headers['cookie'], 'machine=0ab20014')
    const newer = handoverOf(read(SAMPLE_04, next, 'machine=0ab20099; path=/'))
    assert.equal(secondLeg(newer).headers['cookie'], 'machine=0ab20099')
  })

  void it('is doubt, not a refusal, when Worldpay finds no order', () => {
    const lost = SAMPLE_04.replace(
      /<challengeRequired>.*<\/challengeRequired>/,
      '<error code="7"><![CDATA[Could not find order]]></error>',
    )
    assert.equal(read(lost, { ...charge, leg: 2 }).kind, 'unclear')
  })

  void it('opens a cookie for its own payment only, and none that was changed or closed with other secrets', () => {
    const handover = handoverOf(read(SAMPLE_04))
    assert.throws(() => secondLeg(handover, 'ord-1001-a2'), isStateError)
    const machine = handover['machine'] ?? ''
    const bytes = Buffer.from(machine.slice(3), 'base64url')
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ 1
      assert.throws(
        () => secondLeg({ ...handover, machine: `v1.${changed.toString('base64url')}` }),
        isStateError,
      )
    }
    for (const changed of ['', 'v1.', 'v2.abc', machine.slice(0, -4), machine.slice(3), `${machine}AAAA`]) {
      assert.throws(() => secondLeg({ ...handover, machine: changed }), isStateError, changed)
    }
    for (const other of [
      { ...options, password: secret('other') },
      { ...options, merchantCode: 'OTHER' },
      { ...options, threeDSecure: { ...options.threeDSecure, secret: secret('other') } },
    ]) {
      assert.throws(() => secondLeg(handover, undefined, worldpay(other).direct), isStateError)
    }
    assert.equal(
      secondLeg(handover, undefined, worldpay(options).direct).headers['cookie'],
      'machine=0ab20014',
    )
  })

  void it('closes the same cookie alike, and another one or another payment’s in another way', () => {
    const closed = (reference: string, cookie: string): string | undefined => {
      const operation = { ...charge, reference }
      const body = SAMPLE_04.replace('ord-1001-a1', reference)
      return handoverOf(read(body, operation, `machine=${cookie}`))['machine']
    }
    const one = closed('ord-1', 'aaaa')
    assert.equal(closed('ord-1', 'aaaa'), one)
    const nonces = [one, closed('ord-1', 'aaab'), closed('ord-2', 'aaaa')].map((text) => text?.slice(3, 19))
    assert.equal(new Set(nonces).size, 3)
  })
})

void describe('the cookie of the machine', () => {
  void it('is found among others, with commas in their dates, and the last one counts', () => {
    const found = (cookies: string): string | undefined => machineCookieOf({ 'set-cookie': cookies })
    assert.equal(found('machine=0ab20014'), '0ab20014')
    assert.equal(found('a=1; Expires=Thu, 01 Jan 2027 00:00:00 GMT; path=/, machine=b2; Secure'), 'b2')
    assert.equal(found('machine=a; Expires=Thu, 01 Jan 2027 00:00:00 GMT, c=3, machine=b;path=/,d=4'), 'b')
    assert.equal(found('machine="quoted"; Secure'), '"quoted"')
    assert.equal(found('machine=a=b=='), 'a=b==')
    for (const none of [
      '',
      'other=machine=1',
      'xmachine=1',
      'a=1; machine=1',
      'machine=',
      'machine=a b',
      'machine',
    ]) {
      assert.equal(found(none), undefined, none)
    }
    assert.equal(found(`machine=${'x'.repeat(1_001)}`), undefined)
    assert.equal(found('machine=a, '.repeat(10_000)), undefined)
    assert.equal(machineCookieOf({}), undefined)
  })
})

void describe('tokens', () => {
  void it('are signed as everybody signs them', () => {
    const claims = { sub: '1234567890', name: 'John Doe', iat: 1_516_239_022 }
    assert.equal(
      signedJwt(claims, secret('your-256-bit-secret')).split('.')[2],
      'SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
    )
  })

  void it('of a challenge name the way back and what the issuer needs, for ten minutes', () => {
    const page = direct.payerPage?.(handoverOf(read(SAMPLE_04)), visit)
    assert.equal(page?.method, 'POST')
    assert.equal(page.url, 'https://secure-test.worldpay.com/shopper/3ds/challenge.html')
    assert.equal(page.framed, true)
    assert.deepEqual(Object.keys(page.fields), ['JWT', 'MD'])
    assert.equal(page.fields['MD'], 'ord-1001-a1')
    assert.deepEqual(claimsOf(page.fields['JWT']), {
      jti: 'nonce-1',
      iat: 1_800_000_000,
      iss: 'jwt-user',
      exp: 1_800_000_600,
      OrgUnitId: '5c5c',
      ReturnUrl: 'https://shop.example/return/challenge',
      ObjectifyPayload: true,
      Payload: {
        ACSUrl: 'http://127.0.0.1:9000/acs',
        Payload: 'eyJtZXNzYWdlVHlwZSI6IkNSZXEifQ',
        TransactionId: 'rUT8fzKDaiVxuW5UCwq0',
      },
    })
    assert.throws(() => direct.payerPage?.({ kind: 'hosted', url: 'https://x.example' }, visit), isStateError)
  })

  void it('of device data go to a form that takes the first digits of the card', () => {
    const { fields, ...form } = direct.deviceData?.(visit.fresh) ?? {}
    assert.deepEqual(form, {
      url: 'https://secure-test.worldpay.com/shopper/3ds/ddc.html',
      cardPrefixField: 'Bin',
      messageOrigin: 'https://secure-test.worldpay.com',
      sessionMember: 'SessionId',
    })
    assert.deepEqual(claimsOf(fields?.['JWT']), {
      jti: 'nonce-1',
      iat: 1_800_000_000,
      iss: 'jwt-user',
      exp: 1_800_000_600,
      OrgUnitId: '5c5c',
    })
  })
})
