import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { AMOUNT_MINOR, type GatewayConversation } from './gateway-conversation.ts'

/** The part of `gatewayConformance` about what is done to a charge: captures, voids, refunds and reversals. */
export function modificationConformance(talk: GatewayConversation): void {
  void describe('captures', () => {
    talk.declared(talk.can('authorize', 'capture'), 'take all, or a part', async () => {
      const whole = await talk.approved(talk.charge('authorize'))
      await talk.taken(talk.about('capture', whole))
      const found = await talk.foundAfter(whole)
      assert.equal(found.captured, true)
      assert.equal(talk.ledger(whole).capturedMinor, AMOUNT_MINOR)

      const part = await talk.approved(talk.charge('authorize'))
      await talk.taken(talk.about('capture', part, 500n))
      await talk.foundAfter(part)
      assert.equal(talk.ledger(part).capturedMinor, 500n)
    })

    talk.declared(
      talk.can('authorize', 'capture'),
      'are refused when they take too much, or of an unknown charge',
      async () => {
        const operation = await talk.approved(talk.charge('authorize'))
        const over = await talk.send(talk.about('capture', operation, AMOUNT_MINOR + 1n))
        assert.equal(over.kind, 'refused', over.text)
        const unknown = await talk.send(talk.about('capture', talk.charge('authorize')))
        assert.equal(unknown.kind, 'refused', unknown.text)
        talk.settle()
        assert.equal(talk.ledger(operation).capturedMinor, 0n)
      },
    )

    talk.declared(
      talk.can('authorize', 'capture'),
      'that fail later leave the authorization, and say so',
      async () => {
        const operation = await talk.approved(talk.charge('authorize'))
        talk.provider.failNextModification()
        await talk.taken(talk.about('capture', operation))
        const found = await talk.foundAfter(operation)
        assert.equal(found.failed, 'capture')
        assert.equal(found.captured, false)
        assert.equal(talk.ledger(operation).capturedMinor, 0n)
      },
    )
  })

  void describe('voids', () => {
    talk.declared(
      talk.can('authorize', 'void'),
      'undo an authorization, and nothing stays live',
      async () => {
        const operation = await talk.approved(talk.charge('authorize'))
        await talk.taken(talk.about('void', operation))
        const found = await talk.foundAfter(operation)
        assert.equal(found.charge, 'reversed')
        assert.equal(talk.ledger(operation).liveMinor, 0n)
      },
    )

    talk.declared(
      talk.can('authorize', 'void', 'capture'),
      'of captured money are not taken for done',
      async () => {
        const operation = await talk.approved(talk.charge('authorize'))
        await talk.taken(talk.about('capture', operation))
        talk.settle()
        const outcome = await talk.send(talk.about('void', operation))
        assert.ok(['refused', 'unclear'].includes(outcome.kind), outcome.kind)
        assert.equal((await talk.foundAfter(operation)).charge, 'approved')
        assert.equal(talk.ledger(operation).liveMinor, AMOUNT_MINOR)
      },
    )
  })

  void describe('refunds', () => {
    talk.declared(talk.can('refund'), 'give back a part, then the rest, and not more', async () => {
      const operation = await talk.captured()
      await talk.taken(talk.about('refund', operation, 500n))
      const part = await talk.foundAfter(operation)
      assert.equal(part.charge, 'approved', 'a refund in part leaves money live')
      assert.equal(talk.ledger(operation).refundedMinor, 500n)

      const over = await talk.send(talk.about('refund', operation, 1500n))
      assert.equal(over.kind, 'refused', over.text)
      await talk.taken(talk.about('refund', operation, 1499n))
      const all = await talk.foundAfter(operation)
      assert.equal(all.charge, 'reversed')
      assert.equal(talk.ledger(operation).liveMinor, 0n)
    })

    talk.declared(talk.can('authorize', 'refund'), 'before the capture are refused', async () => {
      const operation = await talk.approved(talk.charge('authorize'))
      const early = await talk.send(talk.about('refund', operation))
      assert.equal(early.kind, 'refused', early.text)
      talk.settle()
      assert.equal(talk.ledger(operation).refundedMinor, 0n)
    })

    talk.declared(talk.can('refund'), 'that were only received move nothing that is booked', async () => {
      const operation = await talk.captured()
      for (const amountMinor of [500n, 1499n]) {
        const refund = talk.about('refund', operation, amountMinor)
        const before = await talk.found(refund)
        await talk.taken(refund)
        const received = await talk.found(refund)
        // A PSP that refunds at once has booked it by now; `found` has compared with its ledger.
        if (talk.ledger(operation).refundedMinor < AMOUNT_MINOR) assert.equal(received.charge, 'approved')
        const booked = await talk.foundAfter(refund)
        if (before.balances === undefined || booked.balances === undefined) continue
        assert.equal(booked.balances.refundedMinor - before.balances.refundedMinor, amountMinor)
      }
    })

    talk.declared(talk.can('refund'), 'that fail later give nothing back, and say so', async () => {
      const operation = await talk.captured()
      for (const refundedMinor of [0n, 500n]) {
        if (refundedMinor > 0n) {
          await talk.taken(talk.about('refund', operation, refundedMinor))
          assert.equal((await talk.foundAfter(operation)).failed, undefined)
        }
        talk.provider.failNextModification()
        await talk.taken(talk.about('refund', operation, AMOUNT_MINOR - refundedMinor))
        const found = await talk.foundAfter(operation)
        assert.equal(found.failed, 'refund')
        assert.equal(found.charge, 'approved', 'the money is still taken')
        assert.equal(talk.ledger(operation).refundedMinor, refundedMinor)
      }
    })

    talk.declared(
      talk.can('authorize', 'capture', 'refund'),
      'of money that was captured in part leave the rest open',
      async () => {
        const operation = await talk.approved(talk.charge('authorize'))
        await talk.taken(talk.about('capture', operation, 800n))
        await talk.foundAfter(operation)
        for (const amountMinor of [300n, 500n]) {
          await talk.taken(talk.about('refund', operation, amountMinor))
          await talk.found(operation)
          await talk.foundAfter(operation)
        }
        assert.equal(talk.ledger(operation).refundedMinor, 800n)
      },
    )
  })

  void describe('reversals', () => {
    talk.declared(talk.can('reversal'), 'undo an authorization and a sale alike', async () => {
      for (const kind of ['authorize', 'sale'] as const) {
        if (!talk.can(kind)) continue
        const operation = await talk.approved(talk.charge(kind))
        talk.settle()
        await talk.taken(talk.about('reversal', operation))
        assert.equal((await talk.foundAfter(operation)).charge, 'reversed', kind)
        assert.equal(talk.ledger(operation).liveMinor, 0n, kind)
      }
    })

    talk.declared(
      talk.can('reversal'),
      'are not accepted for a reference that the provider does not know',
      async () => {
        const outcome = await talk.send(talk.about('reversal', talk.charge('authorize')))
        assert.ok(['refused', 'unclear'].includes(outcome.kind), outcome.kind)
      },
    )
  })
}
