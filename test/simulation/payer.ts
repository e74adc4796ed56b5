import type { PaymentResult } from '../../src/engine/api.ts'
import { CounterfoilError } from '../../src/errors.ts'
import { BankVisitor } from './bank-visitor.ts'
import { card } from './canary.ts'
import { type ModuleName, moduleNames } from './modules.ts'
import { PageVisitor } from './page-visitor.ts'
import { type CameAway, Person, type Surroundings } from './person.ts'
import { wrongPage } from './psp-checks.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
/** How often a payer tries at most: few mistakes need more than two payments of an order, and each takes its time. */
const TRIES = [2, 2, 2, 3] as const
const BROWSER = { accept: 'text/html', userAgent: 'Mozilla/5.0', javaScript: true, deviceSession: '0_1' }

/** Payers: they wait, lose patience, press twice, open two tabs, try another card, another way, another day. */
export class Payer extends Person {
  readonly #page: PageVisitor
  readonly #bank: BankVisitor

  constructor(at: Surroundings) {
    super(at)
    this.#page = new PageVisitor(at)
    this.#bank = new BankVisitor(at)
  }

  /** Pays one order, as payers do. */
  async pays(orderId: string): Promise<void> {
    const { random, mischief } = this.at
    await this.wait(random.between(0, 60_000))
    let module = this.#chooses()
    let key = this.key()
    for (let tries = random.pick(TRIES); tries > 0; tries--) {
      if (mischief.strikes('order-changed')) this.changeOrder(orderId)
      const twice = mischief.strikes('double-click') ? this.#submits(orderId, module, key) : undefined
      const tab = mischief.strikes('two-tabs')
        ? this.#submits(orderId, this.#chooses(), this.key())
        : undefined
      const first = await this.#submits(orderId, module, key)
      await twice
      if (tab !== undefined)
        this.beside(tab.then((other) => (random.chance(0.5) ? this.#follows(other) : undefined)))
      const { away, result } = await this.#follows(first)
      if (away === 'another-way') {
        module = this.#chooses()
        key = this.key()
        continue
      }
      if (result?.status === 'paid') return
      const unpaid = result !== undefined && result.settled
      if (unpaid && random.chance(0.3)) return
      if (unpaid) key = this.key()
      else if (mischief.strikes('cancel-in-flight')) {
        await this.settled(this.at.cluster.engine()?.cancel({ paymentId: result?.id ?? '', key: this.key() }))
      }
      await this.wait(random.between(1_000, 20 * MINUTE_MS))
      // Most come back to the same page; some start over.
      if (random.chance(0.5)) key = this.key()
    }
  }

  #chooses(): ModuleName {
    const { random, mischief, books } = this.at
    const choice = mischief.theme?.modules
    if (choice !== undefined) return random.pick(choice)
    // Who may switch is mostly on the page of the PSP to begin with.
    if (books.switching && random.chance(0.5)) return random.pick(['hosted', 'hosted-asked'])
    return random.pick(moduleNames)
  }

  async #submits(orderId: string, module: ModuleName, key: string): Promise<PaymentResult | undefined> {
    const engine = this.at.cluster.engine()
    if (engine === undefined) return undefined
    const details = module.startsWith('hosted') ? {} : { card: card(this.#holder(module)), browser: BROWSER }
    const asked = engine.pay({ orderId, module, key, ...details })
    const result = await this.settled(asked.catch((error: unknown) => this.#heldBy(error)))
    this.at.note(`payer of ${orderId} by ${module}: ${result?.id ?? 'no answer'} ${result?.next.kind ?? ''}`)
    if (result?.next.kind === 'redirect') this.#getsPage(result.id)
    return result
  }

  /** Checked at once: a failover may lose what another process has read before. */
  #getsPage(paymentId: string): void {
    const wrong = wrongPage(this.at.books, paymentId)
    if (wrong !== undefined) this.at.fail(wrong)
  }

  /** Who finds the order held is sent to the payment that holds it. */
  async #heldBy(error: unknown): Promise<PaymentResult | undefined> {
    const statusUrl = error instanceof CounterfoilError ? error.details['statusUrl'] : undefined
    if (statusUrl === undefined) throw error
    const view = await this.settled(this.at.cluster.engine()?.paymentByLink(linkOf({ statusUrl })))
    return view === undefined ? undefined : { ...view, next: { kind: 'wait', statusUrl } }
  }

  #holder(module: ModuleName): string {
    const { random, mischief } = this.at
    if (mischief.strikes('card-declined')) return 'REFUSED'
    if (module !== 'secure') return 'Jane Doe'
    if (mischief.strikes('soft-decline')) return 'SOFT_DECLINE'
    const pass = '3DS_V2_CHALLENGE_IDENTIFIED'
    return random.pick([pass, pass, pass, '3DS_V2_FRICTIONLESS_IDENTIFIED', 'Jane Doe'])
  }

  /** Goes where the answer sends, and looks again by the link. */
  async #follows(
    first: PaymentResult | undefined,
  ): Promise<{ readonly away: CameAway; readonly result: PaymentResult | undefined }> {
    const { random, cluster } = this.at
    if (first === undefined || first.settled) return { away: 'left', result: first }
    let away = await this.#goes(first, first.next)
    if (away === 'another-way') return { away, result: first }
    // The page waits, then the payer looks again by its link.
    await this.wait(random.between(5_000, 120_000))
    const link = linkOf(first)
    const view = await this.settled(cluster.engine()?.paymentByLink(link))
    // The registration took its time: now there is a page.
    if (first.next.kind === 'wait' && view?.settled === false) {
      const page = await this.settled(cluster.engine()?.payerPage(link))
      if (page?.framed === false) this.#getsPage(first.id)
      if (page !== undefined)
        away = await this.#goes(
          first,
          page.framed ? { kind: 'post-form' } : { kind: 'redirect', url: page.url },
        )
    }
    return { away, result: view === undefined ? first : { ...view, next: first.next } }
  }

  async #goes(
    payment: PaymentResult,
    next: { readonly kind: string; readonly url?: string },
  ): Promise<CameAway> {
    const { id, orderId } = payment
    const link = linkOf(payment)
    if (next.kind === 'redirect') return this.#page.visit({ id, link, url: next.url ?? '' })
    if (next.kind === 'post-form') return this.#bank.visit({ id, orderId, link })
    return 'left'
  }
}

function linkOf({ statusUrl }: Pick<PaymentResult, 'statusUrl'>): string {
  return statusUrl.slice(statusUrl.lastIndexOf('/') + 1)
}
