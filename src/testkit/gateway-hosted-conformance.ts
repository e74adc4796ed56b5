import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { GatewayOperation } from '../gateway/gateway.ts'
import { AMOUNT_MINOR, type GatewayConversation } from './gateway-conversation.ts'
import type { HostedPayers, SentBack } from './gateway-fixture.ts'

/** The part of `gatewayConformance` about payments on the PSP's own page. */
export function hostedConformance(talk: GatewayConversation): void {
  void describe('hosted pages', () => {
    registrations(talk)
    payers(talk)
    ends(talk)
  })
}

function registrations(talk: GatewayConversation): void {
  for (const kind of ['sale', 'authorize'] as const) {
    talk.declared(
      talk.gateway.hosted !== undefined && talk.can(kind),
      `take nothing before the payer pays (${kind})`,
      async () => {
        assert.ok(talk.gateway.hosted !== undefined && talk.can(kind))
        const operation = talk.charge(kind)
        const page = await talk.registered(operation)
        assert.equal(page.method, 'GET')
        assert.equal(page.framed, false, 'no page of a provider for card details is shown in a frame')
        assert.equal(talk.provider.ledger(operation.reference), undefined)
        await assertUnpaid(talk, operation)
      },
    )
  }

  talk.declared(
    talk.gateway.hosted !== undefined,
    'can be registered again while they are unpaid, and not once they are paid',
    async () => {
      assert.ok(talk.gateway.hosted !== undefined)
      const operation = talk.charge(talk.anyCharge)
      await talk.registered(operation)
      await talk.approved({ ...operation, leg: 2 })
      assert.equal(talk.ledger(operation).executions, 1)
      if (!talk.gateway.capabilities.dedupByReference) return
      const again = await talk.send(operation)
      assert.equal(again.kind, 'duplicate', again.text)
      assert.equal(talk.ledger(operation).executions, 1)
    },
  )
}

function payers(talk: GatewayConversation): void {
  talk.declared(
    talk.gateway.hosted !== undefined,
    'send payers who paid to the door of success',
    async () => {
      assert.ok(talk.gateway.hosted !== undefined)
      const operation = talk.charge(talk.anyCharge)
      assertDoor(talk, operation, await talk.visited(operation, 'pays'), 'success')
    },
  )

  talk.declared(talk.gateway.hosted !== undefined, 'let a payer who was declined try again', async () => {
    assert.ok(talk.gateway.hosted !== undefined)
    const operation = talk.charge(talk.anyCharge)
    const page = await talk.registered(operation)
    assertDoor(talk, operation, payersOf(talk).visit(page, 'is-declined'), 'failure')
    const found = await talk.inquire(operation)
    assert.ok(found.kind !== 'found' || found.charge === 'declined' || found.charge === 'open', found.text)
    assertDoor(talk, operation, payersOf(talk).visit(page, 'pays'), 'success')
    assert.equal((await talk.foundAfter(operation)).charge, 'approved')
    assert.equal(talk.ledger(operation).liveMinor, AMOUNT_MINOR)
  })

  talk.declared(talk.gateway.hosted !== undefined, 'let a payer who cancelled come back', async () => {
    assert.ok(talk.gateway.hosted !== undefined)
    const operation = talk.charge(talk.anyCharge)
    const page = await talk.registered(operation)
    assertDoor(talk, operation, payersOf(talk).visit(page, 'cancels'), 'cancel')
    await assertUnpaid(talk, operation)
    payersOf(talk).visit(page, 'pays')
    assert.equal((await talk.foundAfter(operation)).charge, 'approved')
  })

  talk.declared(
    talk.gateway.hosted !== undefined && talk.can('sale'),
    'tell a payment that takes its time as pending, and then as approved',
    async () => {
      assert.ok(talk.gateway.hosted !== undefined && talk.can('sale'))
      const operation = talk.charge('sale')
      assertDoor(talk, operation, await talk.visited(operation, 'pays-later'), 'pending')
      const early = await talk.inquire(operation)
      assert.equal(early.kind === 'found' && early.charge, 'pending', early.text)
      assert.equal((await talk.foundAfter(operation)).charge, 'approved', 'maxProcessingMs is enough')
    },
  )

  talk.declared(
    talk.gateway.hosted !== undefined && talk.can('authorize'),
    'offer an authorization no method that takes the money at once',
    async () => {
      assert.ok(talk.gateway.hosted !== undefined && talk.can('authorize'))
      const operation = talk.charge('authorize')
      await talk.visited(operation, 'pays-later')
      talk.settle()
      assert.equal(talk.provider.ledger(operation.reference), undefined)
    },
  )
}

function ends(talk: GatewayConversation): void {
  talk.declared(
    talk.gateway.hosted !== undefined,
    'can be paid up to the declared end, and not after it',
    async () => {
      const { hosted } = talk.gateway
      assert.ok(hosted !== undefined)
      const inTime = talk.charge(talk.anyCharge)
      const early = await talk.registered(inTime)
      const tooLate = talk.charge(talk.anyCharge)
      const late = await talk.registered(tooLate)
      talk.provider.advance(hosted.validMs - 1)
      payersOf(talk).visit(early, 'pays')
      assert.equal(talk.ledger(inTime).liveMinor, AMOUNT_MINOR)
      talk.provider.advance(1)
      payersOf(talk).visit(late, 'pays')
      talk.settle()
      assert.equal(talk.provider.ledger(tooLate.reference), undefined, 'the provider keeps the end')
      await assertUnpaid(talk, tooLate)
    },
  )

  talk.declared(
    talk.gateway.hosted !== undefined,
    'say something about the address that the payer came back by, whoever wrote it',
    () => {
      const { hosted } = talk.gateway
      assert.ok(hosted !== undefined)
      assert.equal(hosted.readReturn({}), undefined)
      assert.equal(hosted.readReturn({ utm_source: 'mail' }), undefined)
    },
  )

  talk.declared(
    talk.gateway.hosted !== undefined,
    'have no page for what another leg has handed over',
    () => {
      assert.ok(talk.gateway.hosted !== undefined)
      assert.throws(() => talk.page(talk.charge(talk.anyCharge), { kind: 'something else' }))
    },
  )
}

function payersOf(talk: GatewayConversation): HostedPayers {
  assert.ok(talk.fixture.hosted, 'a fixture of a hosted gateway has payers')
  return talk.fixture.hosted
}

/** Unpaid looks like unknown, or like a page that is open. */
async function assertUnpaid(talk: GatewayConversation, operation: GatewayOperation): Promise<void> {
  const found = await talk.inquire(operation)
  assert.ok(found.kind === 'not-found' || (found.kind === 'found' && found.charge === 'open'), found.text)
}

/** The browser comes to our own address as we wrote it, and what was appended can be put into words. */
function assertDoor(
  talk: GatewayConversation,
  { reference }: GatewayOperation,
  { address, query }: SentBack,
  door: 'success' | 'failure' | 'pending' | 'cancel',
): void {
  assert.equal(address, talk.visit(reference).returnUrls[door])
  const words = talk.gateway.hosted?.readReturn(query)
  assert.ok(words !== undefined && words !== '' && words.length <= 300, 'a return says something')
}
