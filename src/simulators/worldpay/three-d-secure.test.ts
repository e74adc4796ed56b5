import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { ledgerOf } from './ledger.ts'
import { Bench, inquiry, order, secondLeg, secured } from './samples.test-data.ts'
import {
  challenge,
  completeChallenge,
  deviceSession,
  readChallengeJwt,
  readDeviceDataJwt,
} from './three-d-secure.ts'

const CHALLENGE = '3DS_V2_CHALLENGE_IDENTIFIED'
const NOT_FOUND = '7 Could not find order'

interface Begun {
  readonly cookie: string
  readonly transactionId: string
  readonly acsUrl: string
  readonly payload: string
}

function begin(bench: Bench, holder = CHALLENGE, preference = 'noPreference'): Begun {
  const { response } = bench.handle(secured(holder, { preference }))
  const inside = (name: string) =>
    new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`).exec(response.body)?.[1] ?? ''
  return {
    cookie: response.headers['set-cookie']?.split(';')[0] ?? '',
    transactionId: inside('transactionId3DS'),
    acsUrl: inside('acsURL'),
    payload: inside('payload'),
  }
}

function errorOf(bench: Bench, body: string, cookie?: string): string | undefined {
  const found = /<error code="(\d+)"><!\[CDATA\[(.*?)\]\]>/.exec(bench.handle(body, cookie).response.body)
  return found === null ? undefined : `${found[1]} ${found[2]}`
}

const executions = (bench: Bench) => ledgerOf(bench.state, 'o1', bench.nowMs)?.executions ?? 0

describe('an order that asks for 3-D Secure', () => {
  it('is decided at once for frictionless names, and says what was found out', () => {
    const expected: Record<string, RegExp> = {
      '3DS_V2_FRICTIONLESS_IDENTIFIED':
        /<AVSResultCode [^>]*><ThreeDSecureResult description="Cardholder authenticated"><eci>05<\/eci><cavv>[^<]+<\/cavv><\/ThreeDSecureResult><cardHolderName>/,
      '3DS_V2_FRICTIONLESS_NOT_IDENTIFIED': /"Authentication offered but not used"><eci>06<\/eci></,
      '3DS_V2_FRICTIONLESS_VALID_ERROR': /"Authentication unavailable"><eci>07<\/eci></,
    }
    for (const [holder, result] of Object.entries(expected)) {
      const bench = new Bench()
      const answer = bench.send(secured(holder))
      assert.match(answer, /<lastEvent>AUTHORISED</, holder)
      assert.match(answer, result, holder)
      assert.match(bench.send(inquiry()), result, holder)
    }
  })

  it('is refused as an error for 3-D Secure 1, and for a challenge without a session', () => {
    for (const holder of ['3D', '3DS_V1_IDENTIFIED']) {
      assert.match(new Bench().error(secured(holder)) ?? '', /^13 3-D Secure 1 is not simulated/)
    }
    assert.match(new Bench().error(secured(CHALLENGE, { session: '' })) ?? '', /^13 .*session id/)
  })

  it('is answered with a challenge and a cookie, and nothing is executed', () => {
    const bench = new Bench({ challengeUrl: 'http://127.0.0.1:9000/acs' })
    const { response, changed } = bench.handle(secured(CHALLENGE))
    assert.equal(changed, 'o1')
    assert.match(response.headers['set-cookie'] ?? '', /^machine=\w{12}; path=\/$/)
    assert.match(
      response.body,
      /<reply><orderStatus orderCode="o1"><challengeRequired><threeDSChallengeDetails><threeDSVersion>2\.2\.0<\/threeDSVersion><transactionId3DS>\w{20}<\/transactionId3DS><acsURL><!\[CDATA\[http:\/\/127\.0\.0\.1:9000\/acs\]\]><\/acsURL><payload>[\w-]+<\/payload><\/threeDSChallengeDetails><\/challengeRequired><\/orderStatus><\/reply>/,
    )
    assert.equal(executions(bench), 0)
    assert.equal(bench.error(inquiry()), '5 Could not find payment for order')
    assert.equal(bench.error(secured(CHALLENGE)), '5 Duplicate Order')
    assert.ok(!JSON.stringify(bench.state).includes('4444333322221111'))
  })
})

describe('a soft decline', () => {
  it('rejects the exemption that was asked for, or says by code 65 that authentication is required', () => {
    const bench = new Bench()
    assert.match(bench.send(order({ holder: 'SOFT_DECLINE' })), /REFUSED<.*<ISO8583ReturnCode code="65"/)
    const exempt = order({
      orderCode: 'o2',
      holder: 'SOFT_DECLINE',
      after: '<exemption type="LV" placement="AUTHORISATION"/>',
    })
    const answer = bench.send(exempt)
    assert.match(
      answer,
      /<\/payment><exemptionResponse result="REJECTED" reason="HIGH_RISK"><exemption type="LV" placement="AUTHORISATION"\/><\/exemptionResponse><\/orderStatus>/,
    )
    assert.doesNotMatch(answer, /code="65"/)
    assert.match(bench.send(inquiry('o2')), /<exemptionResponse result="REJECTED".*<date /)
  })

  it('becomes a challenge when the order insists on one, and only then', () => {
    const bench = new Bench()
    const begun = begin(bench, 'SOFT_DECLINE', 'challengeMandated')
    completeChallenge(bench.state, begun.transactionId, 'passed', bench.nowMs)
    assert.match(bench.handle(secondLeg(), begun.cookie).response.body, /<lastEvent>AUTHORISED</)
    assert.match(new Bench().send(secured('SOFT_DECLINE')), /REFUSED<.*code="65"/)
  })
})

describe('the second leg', () => {
  it('is authorised when the payer has passed, and charges once', () => {
    const bench = new Bench()
    const { cookie, transactionId } = begin(bench)
    assert.equal(completeChallenge(bench.state, transactionId, 'passed', bench.nowMs), true)
    assert.equal(completeChallenge(bench.state, transactionId, 'failed', bench.nowMs), false)
    assert.equal(executions(bench), 0)
    const { response, changed } = bench.handle(secondLeg(), `a=b; ${cookie}; c=d`)
    assert.match(response.body, /<lastEvent>AUTHORISED<.*"Cardholder authenticated"/)
    assert.equal(changed, 'o1')
    assert.equal(errorOf(bench, secondLeg(), cookie), NOT_FOUND)
    assert.equal(challenge(bench.state, transactionId, bench.nowMs), undefined)
    assert.deepEqual([executions(bench), bench.lastEvent()], [1, 'AUTHORISED'])
  })

  it('is refused when the payer has failed or not answered, or nothing was proved', () => {
    const cases: [holder: string, verdict: 'passed' | 'failed' | undefined][] = [
      [CHALLENGE, 'failed'],
      [CHALLENGE, undefined],
      ['3DS_V2_CHALLENGE_VALID_ERROR', 'passed'],
      ['3DS_V2_CHALLENGE_UNKNOWN_IDENTITY', 'passed'],
    ]
    for (const [holder, verdict] of cases) {
      const bench = new Bench()
      const { cookie, transactionId } = begin(bench, holder)
      if (verdict !== undefined) completeChallenge(bench.state, transactionId, verdict, bench.nowMs)
      const answer = bench.handle(secondLeg(), cookie).response.body
      assert.match(answer, /<lastEvent>REFUSED<.*<ISO8583ReturnCode code="5" .*<ThreeDSecureResult/, holder)
      assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.liveMinor, 0n)
      assert.equal(errorOf(bench, secondLeg(), cookie), NOT_FOUND)
    }
  })

  it('finds no order without the cookie, with another session, or where none waits; the order still waits', () => {
    const bench = new Bench()
    const { cookie, transactionId } = begin(bench)
    completeChallenge(bench.state, transactionId, 'passed', bench.nowMs)
    assert.equal(errorOf(bench, secondLeg()), NOT_FOUND)
    assert.equal(errorOf(bench, secondLeg(), 'machine=other'), NOT_FOUND)
    assert.equal(errorOf(bench, secondLeg(), cookie.toUpperCase()), NOT_FOUND)
    assert.equal(errorOf(bench, secondLeg('o1', 'other'), cookie), NOT_FOUND)
    assert.equal(errorOf(bench, secondLeg('o2'), cookie), NOT_FOUND)
    const legacy = secondLeg().replace('<completedAuthentication/>', '<paResponse>x</paResponse>')
    assert.equal(errorOf(bench, legacy, cookie), NOT_FOUND)
    assert.equal(executions(bench), 0)
    assert.match(bench.handle(secondLeg(), cookie).response.body, /AUTHORISED/)
  })

  it('is captured by itself when the first leg asked for that', () => {
    const bench = new Bench()
    const { response } = bench.handle(secured(CHALLENGE, { captureDelay: '0' }))
    const transactionId = /<transactionId3DS>(\w+)</.exec(response.body)?.[1] ?? ''
    completeChallenge(bench.state, transactionId, 'passed', bench.nowMs)
    bench.handle(secondLeg(), response.headers['set-cookie']?.split(';')[0])
    bench.pass(5_000)
    assert.equal(bench.lastEvent(), 'CAPTURED')
  })
})

describe('the challenge', () => {
  it('shows what is to be paid, and is known by its transaction alone', () => {
    const bench = new Bench()
    const begun = begin(bench)
    const shown = challenge(bench.state, begun.transactionId, bench.nowMs)
    assert.deepEqual(
      [shown?.orderCode, shown?.amountMinor, shown?.currency, shown?.exponent, shown?.maskedCard],
      ['o1', 1999n, 'GBP', 2, '4444********1111'],
    )
    assert.equal(shown?.payload, begun.payload)
    for (const other of ['', 'constructor', '__proto__', 'x'.repeat(20)]) {
      assert.equal(challenge(bench.state, other, bench.nowMs), undefined)
      assert.equal(completeChallenge(bench.state, other, 'passed', bench.nowMs), false)
    }
  })

  it('has a device session of its own for each payer', () => {
    const { state } = new Bench()
    const sessions = [deviceSession(state, '444433'), deviceSession(state, '444433')]
    for (const session of sessions) assert.match(session, /^0_[0-9a-f]{8}-[0-9a-f-]{27}$/)
    assert.notEqual(sessions[0], sessions[1])
    assert.equal(deviceSession(new Bench().state, '444433'), sessions[0])
  })
})

describe('the tokens of the merchant', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const sign = (claims: object, secret: string, head: object = { alg: 'HS256', typ: 'JWT' }) => {
    const body = `${part(head)}.${part(claims)}`
    return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
  }
  const set = () => {
    const bench = new Bench()
    const { acsUrl, payload, transactionId } = begin(bench)
    const { jwtIssuer: iss, jwtOrgUnitId: OrgUnitId, jwtSecret: secret } = bench.state.options
    const seconds = bench.nowMs / 1_000
    const claims = {
      jti: 'a',
      iat: seconds,
      iss,
      exp: seconds + 60,
      OrgUnitId,
      ReturnUrl: 'http://shop.example/back',
      ObjectifyPayload: true,
      Payload: { ACSUrl: acsUrl, Payload: payload, TransactionId: transactionId },
    }
    return { bench, claims, secret, transactionId }
  }

  it('are taken when they are signed, for this account, in time and about a challenge under way', () => {
    const { bench, claims, secret, transactionId } = set()
    const jwt = sign(claims, secret)
    assert.deepEqual(readChallengeJwt(bench.state, jwt, bench.nowMs), {
      ok: true,
      returnUrl: 'http://shop.example/back',
      transactionId,
    })
    assert.deepEqual(readDeviceDataJwt(bench.state, jwt, bench.nowMs), { ok: true })
  })

  it('are refused with the reason for anything else', () => {
    const { bench, claims, secret } = set()
    const why = (change: object, head?: object) => {
      const answer = readChallengeJwt(bench.state, sign({ ...claims, ...change }, secret, head), bench.nowMs)
      return answer.ok ? 'taken' : answer.why
    }
    assert.match(why({ iss: 'x' }), /^iss/)
    assert.match(why({ OrgUnitId: 'x' }), /^OrgUnitId/)
    assert.match(why({ exp: bench.nowMs / 1_000 }), /expired/)
    assert.match(why({ exp: undefined }), /^exp/)
    assert.match(why({ iat: undefined }), /^iat/)
    assert.match(why({ jti: '' }), /^jti/)
    assert.match(why({ ReturnUrl: 'javascript:alert(1)' }), /^ReturnUrl/)
    assert.match(why({ ObjectifyPayload: 'true' }), /^ObjectifyPayload/)
    assert.match(why({ Payload: 'x' }), /^Payload must/)
    assert.match(why({ Payload: { ...claims.Payload, TransactionId: 'x' } }), /TransactionId/)
    assert.match(why({ Payload: { ...claims.Payload, ACSUrl: 'x' } }), /ACSUrl/)
    assert.match(why({ Payload: { ...claims.Payload, Payload: 'x' } }), /Payload\.Payload/)
    assert.match(why({}, { alg: 'none' }), /HS256/)
    for (const jwt of [
      '',
      'a.b',
      'a.b.c',
      `${sign(claims, secret)}x`,
      sign(claims, 'other'),
      'x'.repeat(9_000),
    ]) {
      assert.equal(readChallengeJwt(bench.state, jwt, bench.nowMs).ok, false)
      assert.equal(readDeviceDataJwt(bench.state, jwt, bench.nowMs).ok, false)
    }
  })
})
