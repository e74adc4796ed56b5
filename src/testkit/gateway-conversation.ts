import assert from 'node:assert/strict'
import type { Card } from '../gateway/card.ts'
import type { Answer, Echo, Exchange, Found, Gateway, GatewayOperation, Outcome } from '../gateway/gateway.ts'
import { exponentOf } from '../money/currency.ts'
import type { OperationKind } from '../payment/events.ts'
import type { GatewayFixture, SimulatedCharge, SimulatedProvider } from './gateway-fixture.ts'

export const AMOUNT_MINOR = 1999n
const CURRENCY = 'GBP'

/** What the conformance tests say to a gateway and to its simulated PSP, and what must hold whatever is said. */
export class GatewayConversation {
  readonly #open: () => GatewayFixture
  #fixture: GatewayFixture | undefined
  #counter = 0

  constructor(open: () => GatewayFixture) {
    this.#open = open
  }

  /** Begins anew: with a PSP that has seen nothing. */
  begin(): void {
    this.#fixture = this.#open()
  }

  get fixture(): GatewayFixture {
    assert.ok(this.#fixture, 'begin() comes first')
    return this.#fixture
  }

  get gateway(): Gateway {
    return this.fixture.gateway
  }

  get provider(): SimulatedProvider {
    return this.fixture.provider
  }

  can(...kinds: readonly OperationKind[]): boolean {
    return kinds.every((kind) => this.gateway.operations[kind] !== undefined)
  }

  /** The charge that every gateway has. */
  get anyCharge(): 'sale' | 'authorize' {
    return this.can('sale') ? 'sale' : 'authorize'
  }

  charge(kind: 'sale' | 'authorize', amountMinor = AMOUNT_MINOR, currency = CURRENCY): GatewayOperation {
    return {
      reference: this.#reference(kind),
      kind,
      amountMinor,
      currency,
      orderId: `order-${this.#counter}`,
      description: `Order ${this.#counter}`,
      payer: {
        email: 'payer@example.com',
        billingAddress: { line1: '1 High Street', city: 'Leeds', postalCode: 'LS1 1AA', countryCode: 'GB' },
      },
      payerIp: '192.0.2.10',
      target: undefined,
    }
  }

  about(kind: OperationKind, target: GatewayOperation, amountMinor = target.amountMinor): GatewayOperation {
    return {
      ...target,
      reference: this.#reference(kind),
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
    }
  }

  /** Delivers an exchange; whatever goes over the wire must be clean of card data once it is scrubbed (S8). */
  async deliver(exchange: Exchange): Promise<Answer> {
    const answer = await this.provider.send(exchange)
    const { number, securityCode } = this.fixture.approvedCard.reveal()
    for (const text of [exchange.body, Buffer.from(answer.body).toString()]) {
      const scrubbed = this.gateway.scrub(text)
      assert.ok(scrubbed.length <= 8_000, 'a scrubbed text is at most 8,000 characters long')
      for (const form of formsOf(number)) {
        assert.ok(!scrubbed.includes(form), 'the card number is taken out')
      }
      assert.ok(!scrubbed.includes(`>${securityCode}<`), 'the security code is taken out')
    }
    return answer
  }

  async send(operation: GatewayOperation, card = this.fixture.approvedCard): Promise<Outcome> {
    const handler = this.gateway.operations[operation.kind]
    assert.ok(handler, `${this.gateway.name} has no ${operation.kind}`)
    const secrets: { readonly card: Card | undefined } = {
      card: operation.target === undefined ? card : undefined,
    }
    const exchange = handler.build(operation, secrets)
    assert.equal(exchange.movesMoney, true, `a ${operation.kind} moves money`)
    return handler.read(await this.deliver(exchange), operation)
  }

  async inquire(operation: GatewayOperation): Promise<Found> {
    const exchange = this.gateway.inquire.build(operation)
    assert.equal(exchange.movesMoney, false, 'an inquiry moves no money')
    return this.gateway.inquire.read(await this.deliver(exchange), operation)
  }

  settle(): void {
    this.provider.advance(this.gateway.capabilities.maxProcessingMs)
  }

  /** The charge as the inquiry tells it now; what it says to be booked must be what is. */
  async found(operation: GatewayOperation): Promise<Found & { readonly kind: 'found' }> {
    const found = await this.inquire(operation)
    assert.ok(found.kind === 'found', `${found.kind}: ${found.text}`)
    const { authorizedMinor, capturedMinor, refundedMinor, liveMinor } = this.ledger(operation)
    if (found.balances !== undefined) {
      assert.deepEqual(found.balances, { authorizedMinor, capturedMinor, refundedMinor }, 'booked')
    } else if (found.charge === 'approved') {
      assert.ok(!this.fixture.tellsBalances, 'what is booked is told')
    }
    assert.equal(liveMinor > 0n, found.charge === 'approved', `${found.charge}, and ${liveMinor} are live`)
    return found
  }

  /** The same, once everything that was asked for has been processed. */
  foundAfter(operation: GatewayOperation): Promise<Found & { readonly kind: 'found' }> {
    this.settle()
    return this.found(operation)
  }

  async approved(operation: GatewayOperation): Promise<GatewayOperation> {
    const outcome = await this.send(operation)
    assert.equal(outcome.kind, 'approved', outcome.text)
    return operation
  }

  /** A charge whose money is booked as captured. */
  async captured(amountMinor = AMOUNT_MINOR): Promise<GatewayOperation> {
    const operation = await this.approved(this.charge(this.can('sale') ? 'sale' : 'authorize', amountMinor))
    if (operation.kind === 'authorize') await this.taken(this.about('capture', operation))
    await this.foundAfter(operation)
    return operation
  }

  /** Sends a modification; a receipt or a word that it is done comes back. */
  async taken(operation: GatewayOperation): Promise<void> {
    const outcome = await this.send(operation)
    assert.ok(outcome.kind === 'accepted' || outcome.kind === 'done', `${outcome.kind}: ${outcome.text}`)
    if (outcome.echo.reference !== undefined) {
      assert.equal(outcome.echo.reference, operation.target?.reference, 'a receipt names the charge')
    }
  }

  /** What really happened to the charge, or to the charge of a modification. */
  ledger(operation: GatewayOperation): SimulatedCharge {
    const entry = this.provider.ledger(operation.target?.reference ?? operation.reference)
    assert.ok(entry, 'the simulator has executed the charge')
    return entry
  }

  /** Every field that the gateway declares as echoed is there and is what was sent, in the ISO minor unit. */
  assertEchoes(echo: Echo, operation: GatewayOperation): void {
    for (const field of this.gateway.capabilities.echoes) {
      assert.notEqual(echo[field], undefined, `${field} is echoed`)
    }
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

  #reference(kind: OperationKind): string {
    return `${kind}-${process.pid}-${++this.#counter}`
  }
}

/** The card number as it could still stand in a text. */
function formsOf(number: string): readonly string[] {
  const groups = number.replaceAll(/(\d{4})(?=\d)/g, '$1 ')
  return [number, groups, groups.replaceAll(' ', '-'), Buffer.from(number).toString('base64')]
}
