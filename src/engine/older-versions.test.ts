import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PaymentEvent } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
import type { Operation, Payment } from '../payment/state.ts'
import { account, type Bed, CALLED, cardModule, hostedModule, onBed, RARELY } from './bed.test-data.ts'

const MINUTE_MS = 60_000
const REFUND = 'refund-of-the-older-node'

/** What a version wrote that knew neither hints nor refused attempts: what it has written down has no such fields. */
function asWrittenBefore(payment: Payment, written: (operation: Operation) => boolean): Payment {
  const older = (operation: Operation): Operation => {
    const { hints: _, refusedAttempts: __, hintedAtMs: ___, ...rest } = operation
    return rest as Operation
  }
  return {
    ...payment,
    operations: payment.operations.map((operation) => (written(operation) ? older(operation) : operation)),
  }
}

/** A node of the version before goes on with a payment of this one. */
function writeBefore(
  bed: Bed,
  id: string,
  events: readonly PaymentEvent[],
  written: (operation: Operation) => boolean,
): void {
  const stored = bed.store.read(id) ?? assert.fail('it is stored')
  const snapshot = asWrittenBefore(fold(stored.payment, events), written)
  const atMs = bed.clock.nowMs
  const [verdict] = bed.store.apply([
    {
      payment: {
        paymentId: id,
        expectedVersion: stored.version,
        expectedFence: stored.payment.fence,
        events,
        snapshot,
        references: events.flatMap((event) =>
          event.type === 'operation-intended' ? [event.operation.reference] : [],
        ),
        dueAtMs: atMs + 60 * MINUTE_MS,
        attended: false,
        atMs,
      },
    },
  ])
  assert.equal(verdict?.kind, 'committed')
}

/** A refund that was written down and received by the PSP, which does it in its own time. */
function refundReceived(bed: Bed, id: string): readonly PaymentEvent[] {
  const nowMs = bed.clock.nowMs
  const evidence = { source: 'answer', atMs: nowMs, text: 'refundReceived' } as const
  return [
    {
      type: 'operation-intended',
      operation: {
        reference: REFUND,
        kind: 'refund',
        amountMinor: 500n,
        currency: 'GBP',
        orderVersion: bed.payment(id).orderVersion,
        gateway: 'worldpay',
        account: account.direct.account,
        target: bed.charge(id).reference,
        baseline: { authorizedMinor: 1999n, capturedMinor: 1999n, refundedMinor: 0n },
        intendedAtMs: nowMs,
        sendDeadlineMs: nowMs + 10_000,
        dueAtMs: nowMs + 50_000,
      },
    },
    {
      type: 'operation-moved',
      reference: REFUND,
      to: 'accepted',
      evidence,
      nextTryAtMs: nowMs + 60 * MINUTE_MS,
    },
  ]
}

function sentForRefund(reference: string): string {
  const money = '<amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/>'
  const event = 'SENT_FOR_REFUND'
  return (
    `<?xml version="1.0"?><paymentService version="1.4" merchantCode="${account.direct.account}"><notify>` +
    `<orderStatusEvent orderCode="${reference}"><payment><paymentMethod>VISA-SSL</paymentMethod>${money}` +
    `<lastEvent>${event}</lastEvent></payment><journal journalType="${event}" sent="n">` +
    `<journalReference type="refund" reference="${REFUND}"/></journal></orderStatusEvent></notify></paymentService>`
  )
}

describe('what a node of the version before has written down (F25)', () => {
  it(
    'as a refund can be called about, stays due and is asked about at once',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [cardModule({ gateway: account.direct })], limits: RARELY })
      const { id } = await cf.pay(bed.request())
      await bed.advance(30 * MINUTE_MS)
      await bed.calls(cf)
      await bed.advance(30 * MINUTE_MS)
      writeBefore(bed, id, refundReceived(bed, id), ({ reference }) => reference === REFUND)
      const asked = bed.network.times('inquiry')
      await bed.call(cf, sentForRefund(bed.charge(id).reference))
      assert.equal(bed.store.inbox(10).length, 0, 'it is used')
      const refund = bed.payment(id).operations[1]
      assert.equal(refund?.hints, 1)
      assert.equal(refund?.nextTryAtMs, bed.clock.nowMs)
      await bed.advance(2 * MINUTE_MS)
      assert.ok(bed.network.times('inquiry') > asked, 'an inquiry follows')
    }, CALLED),
  )

  it(
    'as a page has its refused attempts counted from nought',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()], limits: RARELY })
      const { id } = await cf.pay(bed.pageRequest())
      const kept: PaymentEvent = {
        type: 'evidence-kept',
        reference: bed.charge(id).reference,
        evidence: { source: 'answer', atMs: bed.clock.nowMs, text: 'late' },
      }
      writeBefore(bed, id, [kept], () => true)
      assert.equal(bed.payThere(bed.charge(id).reference, 'REFUSED'), 'refused')
      await bed.calls(cf)
      assert.equal(bed.charge(id).refusedAttempts, 1)
      assert.equal(bed.charge(id).state, 'awaiting-payer')
    }, CALLED),
  )
})
