import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Card } from '../gateway/card.ts'
import type {
  Answer,
  Echo,
  Exchange,
  Found,
  Fresh,
  Gateway,
  GatewayOperation,
  Handover,
  Outcome,
  PayerPage,
  Visit,
} from '../gateway/gateway.ts'
import { exponentOf } from '../money/currency.ts'
import type { OperationKind } from '../payment/events.ts'
import type {
  GatewayFixture,
  PayerDoes,
  SentBack,
  SimulatedCharge,
  SimulatedProvider,
} from './gateway-fixture.ts'

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

  /** A test of something that is declared. Of what is not there is no test, rather than one that is skipped. */
  declared(isDeclared: boolean, title: string, test: () => unknown): void {
    if (!isDeclared) return
    void it(title, async () => {
      await test()
    })
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
      leg: 1,
      amountMinor,
      currency,
      orderId: `order-${this.#counter}`,
      description: `Order ${this.#counter}`,
      payer: {
        email: 'payer@example.com',
        billingAddress: { line1: '1 High Street', city: 'Leeds', postalCode: 'LS1 1AA', countryCode: 'GB' },
      },
      payerIp: '192.0.2.10',
      browser: {
        accept: 'text/html,application/xhtml+xml;q=0.9',
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64) <Test & "more">',
        javaScript: true,
        deviceSession: undefined,
      },
      target: undefined,
      handover: undefined,
      mustAuthenticate: false,
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
      browser: undefined,
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
    this.assertScrubbed(exchange.body)
    this.assertScrubbed(Buffer.from(answer.body).toString())
    return answer
  }

  assertScrubbed(text: string): void {
    const { number, securityCode } = this.fixture.approvedCard.reveal()
    const scrubbed = this.gateway.scrub(text)
    assert.ok(scrubbed.length <= 65_536, 'a scrubbed text is at most 65,536 characters long')
    for (const form of formsOf(number)) {
      assert.ok(!scrubbed.includes(form), 'the card number is taken out')
    }
    assert.ok(!scrubbed.includes(`>${securityCode}<`), 'the security code is taken out')
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

  /** A charge that is approved: by its answer, or by a payer who pays on the PSP's page. */
  async approved(operation: GatewayOperation): Promise<GatewayOperation> {
    if (this.gateway.hosted !== undefined) {
      await this.visited(operation, 'pays')
      return operation
    }
    const outcome = await this.send(operation)
    assert.equal(outcome.kind, 'approved', outcome.text)
    return operation
  }

  /** Registers a charge for the PSP's page; where the payer goes. */
  async registered(operation: GatewayOperation): Promise<PayerPage> {
    const outcome = await this.send(operation)
    assert.ok(outcome.kind === 'awaiting-payer', `${outcome.kind}: ${outcome.text}`)
    return this.page(operation, outcome.handover)
  }

  /** Registers a charge, and its payer does that on the page. */
  async visited(operation: GatewayOperation, does: PayerDoes): Promise<SentBack> {
    const page = await this.registered(operation)
    assert.ok(this.fixture.hosted, 'a fixture of a hosted gateway has payers')
    return this.fixture.hosted.visit(page, does)
  }

  /** What a leg has handed over, as it comes back from the journal, and the page that it leads to. */
  page({ reference }: GatewayOperation, handover: Handover): PayerPage {
    assert.ok(this.gateway.payerPage, `${this.gateway.name} says where payers go`)
    for (const value of Object.values(handover)) assert.equal(typeof value, 'string')
    return this.gateway.payerPage(structuredClone(handover), this.visit(reference))
  }

  visit(reference: string): Visit {
    const at = (door: string): string => `https://shop.example/pay/return/${door}?payment=${reference}&a=%2F`
    return {
      reference,
      fresh: this.fresh(),
      returnUrls: {
        success: at('success'),
        failure: at('failure'),
        pending: at('pending'),
        cancel: at('cancel'),
        error: at('error'),
        challenge: at('challenge'),
      },
    }
  }

  fresh(): Fresh {
    return { nowMs: this.provider.nowMs(), nonce: `nonce-${++this.#counter}` }
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
