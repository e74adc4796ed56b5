import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Answer } from '../gateway/gateway.ts'
import { currencies, exponentOf } from '../money/currency.ts'
import { AMOUNT_MINOR, GatewayConversation } from './gateway-conversation.ts'
import { challengeConformance } from './gateway-challenge-conformance.ts'
import type { GatewayFixture } from './gateway-fixture.ts'
import { hostedConformance } from './gateway-hosted-conformance.ts'
import { modificationConformance } from './gateway-modification-conformance.ts'
import { notificationConformance } from './gateway-notification-conformance.ts'

/**
 * The tests that every gateway has to pass against its PSP's simulator, for `node --test`: what it declares is true,
 * and its words come out as outcomes. Each gets a fixture of its own.
 *
 * @example
 * gatewayConformance('acme', {
 *   open: () => ({ gateway, provider, approvedCard, declinedCard, tellsBalances: true, notifications }),
 * })
 * gatewayConformance('acme hosted', { open: () => ({ ...those, gateway: hosted, hosted: payers }) })
 */
export function gatewayConformance(name: string, { open }: { readonly open: () => GatewayFixture }): void {
  const talk = new GatewayConversation(open)
  // What is declared decides which tests there are.
  talk.begin()
  void describe(`${name} tells what its provider says`, () => {
    beforeEach(() => talk.begin())
    charges(talk)
    hostedConformance(talk)
    challengeConformance(talk)
    modificationConformance(talk)
    notificationConformance(talk)
    inquiries(talk)
    answersThatAreNone(talk)
    claims(talk)
  })
}

function charges(talk: GatewayConversation): void {
  void describe('charges', () => {
    for (const kind of ['sale', 'authorize'] as const) {
      talk.declared(talk.can(kind), `approves and echoes what it declares (${kind})`, async () => {
        const operation = talk.charge(kind)
        if (talk.gateway.hosted === undefined) {
          const outcome = await talk.send(operation)
          assert.equal(outcome.kind, 'approved', outcome.text)
          if (outcome.kind === 'approved') talk.assertEchoes(outcome.echo, operation)
        } else {
          await talk.approved(operation)
        }
        assert.equal(talk.ledger(operation).executions, 1)
        assert.equal(talk.ledger(operation).authorizedMinor, AMOUNT_MINOR)
        await talk.found(operation)
        const found = await talk.foundAfter(operation)
        assert.equal(found.charge, 'approved')
        assert.equal(found.captured, kind === 'sale', 'a sale takes the money, an authorization does not')
        talk.assertEchoes(found.echo, operation)
        assert.equal(talk.ledger(operation).capturedMinor, kind === 'sale' ? AMOUNT_MINOR : 0n)
      })
    }

    talk.declared(talk.gateway.hosted === undefined, 'tells a decline, at once and when asked', async () => {
      assert.ok(talk.gateway.hosted === undefined)
      const operation = talk.charge(talk.anyCharge)
      const outcome = await talk.send(operation, talk.fixture.declinedCard)
      assert.equal(outcome.kind, 'declined', outcome.text)
      const found = await talk.foundAfter(operation)
      assert.equal(found.charge, 'declined')
      assert.equal(talk.ledger(operation).liveMinor, 0n)
    })

    talk.declared(
      talk.gateway.capabilities.dedupByReference,
      'tells a duplicate, which is not executed',
      async () => {
        const operation = await talk.approved(talk.charge(talk.anyCharge))
        const again = await talk.send(operation)
        assert.equal(again.kind, 'duplicate', again.text)
        assert.equal(talk.ledger(operation).executions, 1)
      },
    )

    void it('sends and reads every currency that it does not refuse, to the minor unit', async () => {
      let sent = 0
      for (const currency of currencies) {
        // Whole major units and more than 0, so that no decimal place is needed.
        const amountMinor = 7n * 10n ** BigInt(exponentOf(currency) ?? 0)
        const operation = talk.charge(talk.anyCharge, amountMinor, currency)
        const reason = talk.gateway.unrepresentable(amountMinor, currency)
        if (reason !== undefined) {
          assert.notEqual(reason, '', 'a refusal says why')
          continue
        }
        await talk.approved(operation)
        assert.equal(talk.ledger(operation).authorizedMinor, amountMinor, currency)
        const found = await talk.foundAfter(operation)
        talk.assertEchoes(found.echo, operation)
        sent++
      }
      assert.ok(sent > 0, 'at least one currency is taken')
    })
  })
}

function inquiries(talk: GatewayConversation): void {
  void describe('inquiries', () => {
    void it('do not find what never was', async () => {
      const found = await talk.inquire(talk.charge(talk.anyCharge))
      assert.equal(found.kind, 'not-found', found.text)
    })

    talk.declared(
      talk.gateway.capabilities.inquiryByReference,
      'are at most as stale as declared',
      async () => {
        const { inquiryLagMs } = talk.gateway.capabilities

        talk.provider.lagInquiries(true)
        const operation = await talk.approved(talk.charge(talk.can('authorize') ? 'authorize' : 'sale'))
        if (inquiryLagMs > 0) {
          const early = await talk.inquire(operation)
          assert.equal(early.kind, 'not-found', 'the simulator lags, or else this proves nothing')
        }
        talk.provider.advance(inquiryLagMs)
        const found = await talk.inquire(operation)
        assert.equal(found.kind, 'found', found.text)
      },
    )

    talk.declared(
      talk.can('authorize', 'capture'),
      'ask about the charge when they are asked about a modification',
      async () => {
        const operation = await talk.approved(talk.charge('authorize'))
        const capture = talk.about('capture', operation)
        await talk.taken(capture)
        const found = await talk.foundAfter(capture)
        assert.equal(found.captured, true)
      },
    )
  })
}

function answersThatAreNone(talk: GatewayConversation): void {
  void describe('answers that are none', () => {
    void it('decide nothing: an error page, nothing at all, or a piece of an answer', async () => {
      const operation = talk.charge(talk.anyCharge)
      const handler = talk.gateway.operations[operation.kind]
      assert.ok(handler)
      const whole = await talk.deliver(handler.build(operation, { card: talk.fixture.approvedCard }))
      const html = Buffer.from('<html><body>Bad gateway</body></html>')
      const answers: Answer[] = [
        { status: 500, headers: {}, body: html },
        { status: 503, headers: {}, body: whole.body },
        { status: 302, headers: { location: '/' }, body: new Uint8Array() },
        { status: 200, headers: {}, body: html },
        { status: 200, headers: {}, body: new Uint8Array() },
        { status: 200, headers: {}, body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
      ]
      for (let length = 0; length < whole.body.length; length += 7) {
        answers.push({ ...whole, body: whole.body.subarray(0, length) })
      }
      for (const answer of answers) {
        assert.equal(handler.read(answer, operation).kind, 'unclear')
        assert.equal(talk.gateway.inquire.read(answer, operation).kind, 'unavailable')
      }
    })

    void it('decide nothing: the answer to another charge', async () => {
      const handler = talk.gateway.operations[talk.anyCharge]
      assert.ok(handler)
      const one = talk.charge(talk.anyCharge)
      const answer = await talk.deliver(handler.build(one, { card: talk.fixture.approvedCard }))
      const told = talk.gateway.hosted === undefined ? 'approved' : 'awaiting-payer'
      assert.equal(handler.read(answer, one).kind, told)
      assert.equal(handler.read(answer, talk.charge(talk.anyCharge)).kind, 'unclear')
    })
  })
}

function claims(talk: GatewayConversation): void {
  void describe('claims', () => {
    void it('declare what is there', () => {
      const { capabilities, operations, account, hosted, deviceData, payerPage } = talk.gateway
      assert.equal(capabilities.delayedCapture, talk.can('authorize', 'capture'))
      assert.equal(capabilities.reversalByReference, operations.reversal !== undefined)
      assert.notEqual(account, '')
      assert.equal(payerPage !== undefined, hosted !== undefined || deviceData !== undefined)
      assert.ok(hosted === undefined || (Number.isFinite(hosted.validMs) && hosted.validMs > 0))
      for (const delayMs of [
        capabilities.inquiryLagMs,
        capabilities.maxProcessingMs,
        capabilities.maxDeliveryMs,
      ]) {
        assert.ok(Number.isFinite(delayMs) && delayMs >= 0)
      }
    })
  })
}
