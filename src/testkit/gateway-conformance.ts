import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Card } from '../gateway/card.ts'
import type { Answer, Echo, Exchange, Found, Gateway, GatewayOperation, Outcome } from '../gateway/gateway.ts'
import { currencies, exponentOf } from '../money/currency.ts'
import type { OperationKind } from '../payment/events.ts'

/** What the simulator knows really happened to one charge, in minor units of the order's ISO currency. */
export interface SimulatedCharge {
  /** How often an order with this reference was executed. */
  readonly executions: number
  readonly authorizedMinor: bigint
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
  /** Authorized or captured, and neither cancelled nor refunded. */
  readonly liveMinor: bigint
}

/** The PSP's side: a simulator under a virtual clock. */
export interface SimulatedProvider {
  /** Delivers the exchange and brings back the whole answer. */
  send(exchange: Exchange): Promise<Answer>
  /** Lets the PSP's time pass. */
  advance(delayMs: number): void
  /** Undefined when nothing was ever executed under this reference. */
  ledger(reference: string): SimulatedCharge | undefined
  /** From now on inquiries are answered from books that are as old as the PSP's own lag, or from fresh ones. */
  lagInquiries(lagging: boolean): void
}

/** A gateway under test, with a simulator of its PSP that has seen nothing yet. */
export interface GatewayFixture {
  readonly gateway: Gateway
  readonly provider: SimulatedProvider
  /** A card that is approved; its fields are looked for in everything that `scrub` lets through. */
  readonly approvedCard: Card
  readonly declinedCard: Card
}

const AMOUNT_MINOR = 1999n
const CURRENCY = 'GBP'

/**
 * The tests that every gateway has to pass against its PSP's simulator, for `node --test`: what it declares is true,
 * and its words come out as outcomes. Each gets a fixture of its own.
 *
 * @example
 * gatewayConformance('acme', { open: () => ({ gateway, provider, approvedCard, declinedCard }) })
 */
export function gatewayConformance(name: string, { open }: { readonly open: () => GatewayFixture }): void {
  let fixture: GatewayFixture
  let counter = 0

  const reference = (kind: OperationKind): string => `${kind}-${process.pid}-${++counter}`

  const charge = (
    kind: 'sale' | 'authorize',
    amountMinor = AMOUNT_MINOR,
    currency = CURRENCY,
  ): GatewayOperation => ({
    reference: reference(kind),
    kind,
    amountMinor,
    currency,
    orderId: `order-${counter}`,
    description: `Order ${counter}`,
    payer: {
      email: 'payer@example.com',
      billingAddress: { line1: '1 High Street', city: 'Leeds', postalCode: 'LS1 1AA', countryCode: 'GB' },
    },
    payerIp: '192.0.2.10',
    target: undefined,
  })

  const about = (
    kind: OperationKind,
    target: GatewayOperation,
    amountMinor = target.amountMinor,
  ): GatewayOperation => ({
    ...target,
    reference: reference(kind),
    kind,
    amountMinor,
    payer: undefined,
    payerIp: undefined,
    target: {
      reference: target.reference,
      kind: target.kind,
      amountMinor: target.amountMinor,
      currency: target.currency,
    },
  })

  /** Delivers an exchange; whatever goes over the wire must be clean of card data once it is scrubbed (S8). */
  const deliver = async (exchange: Exchange): Promise<Answer> => {
    const answer = await fixture.provider.send(exchange)
    const { number, securityCode } = fixture.approvedCard.reveal()
    for (const text of [exchange.body, Buffer.from(answer.body).toString()]) {
      const scrubbed = fixture.gateway.scrub(text)
      assert.ok(scrubbed.length <= 8_000, 'a scrubbed text is at most 8,000 characters long')
      for (const form of formsOf(number)) {
        assert.ok(!scrubbed.includes(form), 'the card number is taken out')
      }
      assert.ok(!scrubbed.includes(`>${securityCode}<`), 'the security code is taken out')
    }
    return answer
  }

  const send = async (operation: GatewayOperation, card?: Card): Promise<Outcome> => {
    const handler = fixture.gateway.operations[operation.kind]
    assert.ok(handler, `${fixture.gateway.name} has no ${operation.kind}`)
    const secrets = { card: operation.target === undefined ? (card ?? fixture.approvedCard) : undefined }
    const exchange = handler.build(operation, secrets)
    assert.equal(exchange.movesMoney, true, `a ${operation.kind} moves money`)
    return handler.read(await deliver(exchange), operation)
  }

  const inquire = async (operation: GatewayOperation): Promise<Found> => {
    const exchange = fixture.gateway.inquire.build(operation)
    assert.equal(exchange.movesMoney, false, 'an inquiry moves no money')
    return fixture.gateway.inquire.read(await deliver(exchange), operation)
  }

  const settle = (): void => fixture.provider.advance(fixture.gateway.capabilities.maxProcessingMs)

  /** The charge as the inquiry tells it, once everything that was asked for has been processed. */
  const foundAfter = async (operation: GatewayOperation): Promise<Found & { readonly kind: 'found' }> => {
    settle()
    const found = await inquire(operation)
    assert.ok(found.kind === 'found', `${found.kind}: ${found.text}`)
    return found
  }

  const approved = async (operation: GatewayOperation): Promise<GatewayOperation> => {
    const outcome = await send(operation)
    assert.equal(outcome.kind, 'approved', outcome.text)
    return operation
  }

  const taken = async (operation: GatewayOperation): Promise<void> => {
    const outcome = await send(operation)
    assert.ok(outcome.kind === 'accepted' || outcome.kind === 'done', `${outcome.kind}: ${outcome.text}`)
    if (outcome.echo.reference !== undefined) {
      assert.equal(outcome.echo.reference, operation.target?.reference, 'a receipt names the charge')
    }
  }

  const can = (kind: OperationKind): boolean => fixture.gateway.operations[kind] !== undefined

  const ledger = (operation: GatewayOperation): SimulatedCharge => {
    const entry = fixture.provider.ledger(operation.reference)
    assert.ok(entry, 'the simulator has executed the charge')
    return entry
  }

  void describe(`${name} tells what its provider says`, () => {
    beforeEach(() => {
      fixture = open()
    })

    void describe('charges', () => {
      for (const kind of ['sale', 'authorize'] as const) {
        void it(`approves and echoes what it declares (${kind})`, async (context) => {
          if (!can(kind)) return context.skip('not declared')
          const operation = charge(kind)
          const outcome = await send(operation)
          assert.equal(outcome.kind, 'approved', outcome.text)
          if (outcome.kind === 'approved') assertEchoes(fixture.gateway, outcome.echo, operation)
          assert.equal(ledger(operation).executions, 1)
          assert.equal(ledger(operation).authorizedMinor, AMOUNT_MINOR)
          const found = await foundAfter(operation)
          assert.equal(found.charge, 'approved')
          assert.equal(found.captured, kind === 'sale', 'a sale takes the money, an authorization does not')
          assertEchoes(fixture.gateway, found.echo, operation)
          assert.equal(ledger(operation).capturedMinor, kind === 'sale' ? AMOUNT_MINOR : 0n)
        })
      }

      void it('tells a decline, at once and when asked', async () => {
        const operation = charge(can('sale') ? 'sale' : 'authorize')
        const outcome = await send(operation, fixture.declinedCard)
        assert.equal(outcome.kind, 'declined', outcome.text)
        const found = await foundAfter(operation)
        assert.equal(found.charge, 'declined')
        assert.equal(ledger(operation).liveMinor, 0n)
      })

      void it('tells a duplicate, which is not executed', async (context) => {
        if (!fixture.gateway.capabilities.dedupByReference) return context.skip('not declared')
        const operation = await approved(charge(can('sale') ? 'sale' : 'authorize'))
        const again = await send(operation)
        assert.equal(again.kind, 'duplicate', again.text)
        assert.equal(ledger(operation).executions, 1)
      })

      void it('sends and reads every currency that it does not refuse, to the minor unit', async () => {
        let sent = 0
        for (const currency of currencies) {
          // Whole major units and more than 0, so that no decimal place is needed.
          const amountMinor = 7n * 10n ** BigInt(exponentOf(currency) ?? 0)
          const operation = charge(can('sale') ? 'sale' : 'authorize', amountMinor, currency)
          const reason = fixture.gateway.unrepresentable(amountMinor, currency)
          if (reason !== undefined) {
            assert.notEqual(reason, '', 'a refusal says why')
            continue
          }
          const outcome = await send(operation)
          assert.equal(outcome.kind, 'approved', `${currency}: ${outcome.text}`)
          if (outcome.kind === 'approved') assertEchoes(fixture.gateway, outcome.echo, operation)
          assert.equal(ledger(operation).authorizedMinor, amountMinor, currency)
          sent++
        }
        assert.ok(sent > 0, 'at least one currency is taken')
      })
    })

    void describe('modifications', () => {
      void it('captures all, or a part', async (context) => {
        if (!can('authorize') || !can('capture')) return context.skip('not declared')
        const whole = await approved(charge('authorize'))
        await taken(about('capture', whole))
        const found = await foundAfter(whole)
        assert.equal(found.captured, true)
        assert.equal(ledger(whole).capturedMinor, AMOUNT_MINOR)
        if (found.balances !== undefined) assert.equal(found.balances.capturedMinor, AMOUNT_MINOR)

        const part = await approved(charge('authorize'))
        await taken(about('capture', part, 500n))
        const half = await foundAfter(part)
        assert.equal(half.charge, 'approved')
        assert.equal(ledger(part).capturedMinor, 500n)
        if (half.balances !== undefined) assert.equal(half.balances.capturedMinor, 500n)
      })

      void it('tells that a capture of too much, or of an unknown charge, was refused', async (context) => {
        if (!can('authorize') || !can('capture')) return context.skip('not declared')
        const operation = await approved(charge('authorize'))
        const over = await send(about('capture', operation, AMOUNT_MINOR + 1n))
        assert.equal(over.kind, 'refused', over.text)
        const unknown = await send(about('capture', charge('authorize')))
        assert.equal(unknown.kind, 'refused', unknown.text)
        settle()
        assert.equal(ledger(operation).capturedMinor, 0n)
      })

      void it('voids an authorization, and nothing stays live', async (context) => {
        if (!can('authorize') || !can('void')) return context.skip('not declared')
        const operation = await approved(charge('authorize'))
        await taken(about('void', operation))
        const found = await foundAfter(operation)
        assert.equal(found.charge, 'reversed')
        assert.equal(ledger(operation).liveMinor, 0n)
      })

      void it('does not take a void of captured money for done', async (context) => {
        if (!can('authorize') || !can('void') || !can('capture')) return context.skip('not declared')
        const operation = await approved(charge('authorize'))
        await taken(about('capture', operation))
        settle()
        const outcome = await send(about('void', operation))
        assert.ok(['refused', 'unclear'].includes(outcome.kind), outcome.kind)
        assert.equal((await foundAfter(operation)).charge, 'approved')
        assert.equal(ledger(operation).liveMinor, AMOUNT_MINOR)
      })

      void it('refunds a part, then the rest, and not more', async (context) => {
        if (!can('refund') || !can('sale')) return context.skip('not declared')
        const operation = await approved(charge('sale'))
        await foundAfter(operation)
        await taken(about('refund', operation, 500n))
        const part = await foundAfter(operation)
        assert.equal(part.charge, 'approved', 'a refund in part leaves money live')
        assert.equal(ledger(operation).refundedMinor, 500n)
        const { balances } = part
        if (balances !== undefined) assert.equal(balances.capturedMinor - balances.refundedMinor, 1499n)

        const over = await send(about('refund', operation, 1500n))
        assert.equal(over.kind, 'refused', over.text)
        await taken(about('refund', operation, 1499n))
        const all = await foundAfter(operation)
        assert.equal(all.charge, 'reversed')
        assert.equal(ledger(operation).liveMinor, 0n)
      })

      void it('tells that a refund before the capture was refused', async (context) => {
        if (!can('authorize') || !can('refund')) return context.skip('not declared')
        const operation = await approved(charge('authorize'))
        const early = await send(about('refund', operation))
        assert.equal(early.kind, 'refused', early.text)
        settle()
        assert.equal(ledger(operation).refundedMinor, 0n)
      })

      void it('sees by the question about refunds that the balance moved exactly', async (context) => {
        const { inquireRefund } = fixture.gateway
        if (inquireRefund === undefined || !can('refund') || !can('sale')) return context.skip('not declared')
        const operation = await approved(charge('sale'))
        const refund = about('refund', operation, 500n)
        const leftMinor = async (): Promise<bigint> => {
          settle()
          const found = inquireRefund.read(await deliver(inquireRefund.build(refund)), refund)
          assert.equal(found.kind, 'found', found.text)
          assert.ok(found.kind === 'found' && found.balances !== undefined)
          return found.balances.capturedMinor - found.balances.refundedMinor
        }
        const beforeMinor = await leftMinor()
        await taken(refund)
        assert.equal(beforeMinor - (await leftMinor()), 500n)
      })
    })

    void describe('reversals', () => {
      beforeEach((context) => {
        if (!fixture.gateway.capabilities.reversalByReference && 'skip' in context)
          context.skip('not declared')
      })

      void it('undoes an authorization and a sale alike', async (context) => {
        if (!can('reversal')) return context.skip('not declared')
        for (const kind of ['authorize', 'sale'] as const) {
          if (!can(kind)) continue
          const operation = await approved(charge(kind))
          settle()
          await taken(about('reversal', operation))
          assert.equal((await foundAfter(operation)).charge, 'reversed', kind)
          assert.equal(ledger(operation).liveMinor, 0n, kind)
        }
      })

      void it('is not accepted for a reference that the provider does not know', async (context) => {
        if (!can('reversal')) return context.skip('not declared')
        const outcome = await send(about('reversal', charge('authorize')))
        assert.ok(['refused', 'unclear'].includes(outcome.kind), outcome.kind)
      })
    })

    void describe('inquiries', () => {
      void it('does not find what never was', async () => {
        const found = await inquire(charge('authorize'))
        assert.equal(found.kind, 'not-found', found.text)
      })

      void it('is at most as stale as declared', async (context) => {
        const { inquiryLagMs, inquiryByReference } = fixture.gateway.capabilities
        if (!inquiryByReference) return context.skip('not declared')
        fixture.provider.lagInquiries(true)
        const operation = await approved(charge(can('authorize') ? 'authorize' : 'sale'))
        if (inquiryLagMs > 0) {
          const early = await inquire(operation)
          assert.equal(early.kind, 'not-found', 'the simulator lags, or else this proves nothing')
        }
        fixture.provider.advance(inquiryLagMs)
        const found = await inquire(operation)
        assert.equal(found.kind, 'found', found.text)
      })

      void it('asks about the charge when it is asked about a modification', async (context) => {
        if (!can('authorize') || !can('capture')) return context.skip('not declared')
        const operation = await approved(charge('authorize'))
        const capture = about('capture', operation)
        await taken(capture)
        const found = await foundAfter(capture)
        assert.equal(found.captured, true)
      })
    })

    void describe('answers that are none', () => {
      void it('decides nothing by an error page, by nothing at all, or by a piece of an answer', async () => {
        const operation = charge(can('sale') ? 'sale' : 'authorize')
        const handler = fixture.gateway.operations[operation.kind]
        assert.ok(handler)
        const whole = await deliver(handler.build(operation, { card: fixture.approvedCard }))
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
          assert.equal(fixture.gateway.inquire.read(answer, operation).kind, 'unavailable')
        }
      })

      void it('decides nothing by the answer to another charge', async () => {
        const kind = can('sale') ? 'sale' : 'authorize'
        const handler = fixture.gateway.operations[kind]
        assert.ok(handler)
        const one = charge(kind)
        const answer = await deliver(handler.build(one, { card: fixture.approvedCard }))
        assert.equal(handler.read(answer, one).kind, 'approved')
        assert.equal(handler.read(answer, charge(kind)).kind, 'unclear')
      })
    })

    void describe('claims', () => {
      void it('declares what it has', () => {
        const { capabilities, operations, account } = fixture.gateway
        assert.equal(capabilities.delayedCapture, can('authorize') && can('capture'))
        assert.equal(capabilities.reversalByReference, operations.reversal !== undefined)
        assert.notEqual(account, '')
        for (const delayMs of [
          capabilities.inquiryLagMs,
          capabilities.maxProcessingMs,
          capabilities.maxDeliveryMs,
        ]) {
          assert.ok(Number.isFinite(delayMs) && delayMs >= 0)
        }
      })
    })
  })
}

/** Every field that the gateway declares as echoed is there and is what was sent, in the currency's ISO minor unit. */
function assertEchoes({ capabilities }: Gateway, echo: Echo, operation: GatewayOperation): void {
  for (const field of capabilities.echoes) assert.notEqual(echo[field], undefined, `${field} is echoed`)
  if (echo.reference !== undefined) assert.equal(echo.reference, operation.reference)
  if (echo.currency !== undefined) assert.equal(echo.currency, operation.currency)
  if (echo.amountMinor === undefined) return
  const iso = exponentOf(operation.currency) ?? 2
  const exponent = echo.exponent ?? iso
  assert.equal(
    echo.amountMinor * 10n ** BigInt(iso),
    operation.amountMinor * 10n ** BigInt(exponent),
    `${operation.currency} is counted as declared`,
  )
}

/** The card number as it could still stand in a text. */
function formsOf(number: string): readonly string[] {
  const groups = number.replaceAll(/(\d{4})(?=\d)/g, '$1 ')
  return [number, groups, groups.replaceAll(' ', '-'), Buffer.from(number).toString('base64')]
}
