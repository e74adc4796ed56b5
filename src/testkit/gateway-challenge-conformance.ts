import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { Card } from '../gateway/card.ts'
import type { Answer, GatewayOperation, Handover, Outcome } from '../gateway/gateway.ts'
import { AMOUNT_MINOR, type GatewayConversation } from './gateway-conversation.ts'
import type { ChallengedPayers } from './gateway-fixture.ts'

/** The part of `gatewayConformance` about 3-D Secure: device data, challenges, and the leg after them. */
export function challengeConformance(talk: GatewayConversation): void {
  void describe('3-D Secure', () => {
    talk.declared(
      talk.gateway.deviceData !== undefined,
      'has the device looked at, and goes on with what came of it',
      async () => {
        assert.ok(talk.gateway.deviceData !== undefined)
        const form = talk.gateway.deviceData(talk.fresh())
        const { number } = talk.fixture.approvedCard.reveal()
        assert.equal(new URL(form.url).origin, form.messageOrigin)
        assert.ok(!(form.cardPrefixField in form.fields))
        const deviceSession = payersOf(talk).collect(form, number.slice(0, 6))
        const operation = talk.charge(talk.anyCharge)
        assert.ok(operation.browser)
        await talk.approved({ ...operation, browser: { ...operation.browser, deviceSession } })
      },
    )

    talk.declared(
      talk.gateway.deviceData !== undefined,
      'charges nothing before the payer has passed, and once after that',
      async () => {
        assert.ok(talk.gateway.deviceData !== undefined)
        for (const kind of ['sale', 'authorize'] as const) {
          if (!talk.can(kind)) continue
          const operation = talk.charge(kind)
          const handover = await challenged(talk, operation)
          assert.equal(talk.provider.ledger(operation.reference), undefined)
          assert.equal((await talk.inquire(operation)).kind, 'not-found')
          answer(talk, operation, handover, 'passes')
          const outcome = await secondLeg(talk, operation, handover)
          assert.equal(outcome.kind, 'approved', outcome.text)
          if (outcome.kind === 'approved') talk.assertEchoes(outcome.echo, operation)
          const again = await secondLeg(talk, operation, handover)
          assert.ok(['unclear', 'duplicate'].includes(again.kind), `delivered twice it is ${again.kind}`)
          assert.equal(talk.ledger(operation).executions, 1)
          assert.equal((await talk.foundAfter(operation)).captured, kind === 'sale')
        }
      },
    )

    talk.declared(
      talk.gateway.deviceData !== undefined,
      'charges nothing when the payer has failed, or done nothing',
      async () => {
        assert.ok(talk.gateway.deviceData !== undefined)
        for (const verdict of ['fails', 'does-nothing'] as const) {
          const operation = talk.charge(talk.anyCharge)
          const handover = await challenged(talk, operation)
          answer(talk, operation, handover, verdict)
          const outcome = await secondLeg(talk, operation, handover)
          assert.equal(outcome.kind, 'declined', outcome.text)
          talk.settle()
          assert.equal(talk.provider.ledger(operation.reference)?.liveMinor ?? 0n, 0n)
        }
      },
    )

    talk.declared(
      talk.gateway.deviceData !== undefined,
      'tells a soft decline, and a new charge that must be authenticated is challenged',
      async () => {
        assert.ok(talk.gateway.deviceData !== undefined)
        const { softlyDeclinedCard } = payersOf(talk)
        const first = talk.charge(talk.anyCharge)
        const declined = await talk.send(first, softlyDeclinedCard)
        assert.equal(declined.kind, 'declined', declined.text)
        assert.equal(declined.kind === 'declined' && declined.soft, true)
        const hard = await talk.send(talk.charge(talk.anyCharge), talk.fixture.declinedCard)
        assert.notEqual(hard.kind === 'declined' && hard.soft, true, 'a hard decline is not soft')
        const second = { ...talk.charge(talk.anyCharge), mustAuthenticate: true }
        const handover = await challenged(talk, second, softlyDeclinedCard)
        answer(talk, second, handover, 'passes')
        assert.equal((await secondLeg(talk, second, handover)).kind, 'approved')
        assert.equal(talk.ledger(second).liveMinor, AMOUNT_MINOR)
      },
    )

    talk.declared(
      talk.gateway.deviceData !== undefined,
      'never sends a card request again, and has no page without a challenge',
      () => {
        assert.ok(talk.gateway.deviceData !== undefined)
        const operation = { ...talk.charge(talk.anyCharge), leg: 2 }
        const handler = talk.gateway.operations[operation.kind]
        assert.throws(() => handler?.build(operation, { card: talk.fixture.approvedCard }))
        assert.throws(() => talk.page(operation, { kind: 'something else' }))
      },
    )
  })
}

function payersOf(talk: GatewayConversation): ChallengedPayers {
  assert.ok(talk.fixture.challenged, 'a fixture of a gateway with 3-D Secure has payers to challenge')
  return talk.fixture.challenged
}

/** The first leg of a card that asks for a challenge. What is handed over is written down: nothing in it is secret. */
async function challenged(
  talk: GatewayConversation,
  operation: GatewayOperation,
  card: Card = payersOf(talk).challengedCard,
): Promise<Handover> {
  const handler = talk.gateway.operations[operation.kind]
  assert.ok(handler)
  const received = await talk.deliver(handler.build(operation, { card }))
  const outcome = handler.read(received, operation)
  assert.ok(outcome.kind === 'challenge', `${outcome.kind}: ${outcome.text}`)
  assert.equal(outcome.echo.reference ?? operation.reference, operation.reference)
  const written = JSON.stringify(outcome.handover)
  for (const value of cookieValuesOf(received)) {
    assert.ok(!written.includes(value), 'a cookie is not written down as it is')
    assert.ok(!talk.gateway.scrub(`cookie: ${received.headers['set-cookie']}`).includes(value))
  }
  return outcome.handover
}

function cookieValuesOf({ headers }: Answer): readonly string[] {
  const cookies = headers['set-cookie'] ?? ''
  return [...cookies.matchAll(/(?:^|,\s*)[\w-]+=([^;,\s]+)/g)].map(([, value]) => value ?? '')
}

function answer(
  talk: GatewayConversation,
  operation: GatewayOperation,
  handover: Handover,
  verdict: Parameters<ChallengedPayers['answer']>[1],
): void {
  const { reference } = operation
  const page = talk.page(operation, handover)
  for (const value of Object.values(page.fields)) {
    assert.ok(value === reference || !talk.gateway.scrub(value).includes(value), 'tokens are scrubbed')
  }
  const { address } = payersOf(talk).answer(page, verdict)
  assert.equal(address, talk.visit(reference).returnUrls.challenge)
}

/** The way back: without a card, on any node, with what was written down. */
function secondLeg(
  talk: GatewayConversation,
  operation: GatewayOperation,
  handover: Handover,
): Promise<Outcome> {
  const next = { ...operation, leg: 2, handover: structuredClone(handover), payer: undefined }
  const handler = talk.gateway.operations[next.kind]
  assert.ok(handler)
  const exchange = handler.build(next, { card: undefined })
  assert.equal(exchange.movesMoney, true)
  return talk.deliver(exchange).then((received) => handler.read(received, next))
}
