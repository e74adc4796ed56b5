import {
  cancelHosted,
  type HostedPayment,
  type HostedResult,
  hostedOrder,
  payHosted,
} from '../../src/simulators/worldpay/index.ts'
import { cardThere } from './canary.ts'
import { type CameAway, Person } from './person.ts'
import { checkLive, checkPage } from './psp-checks.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DOORS = ['success', 'failure', 'pending', 'cancel', 'error'] as const

/** A payment that waits on the PSP's page. */
export interface PageVisit {
  readonly id: string
  readonly link: string
  readonly url: string
}

/** A payer on the PSP's page: pays at once, late, twice or never, and comes back by any door or by none. */
export class PageVisitor extends Person {
  async visit(visit: PageVisit): Promise<CameAway> {
    const { random, mischief } = this.at
    const ticket = /Ticket=(\w+)/.exec(visit.url)?.[1] ?? ''
    await this.wait(random.between(3 * SECOND_MS, 4 * MINUTE_MS))
    if (mischief.strikes('payer-never-pays')) return this.#leaves(visit, ticket)
    if (mischief.strikes('change-of-mind')) {
      const away = await this.#changesMind(visit, ticket)
      if (away !== undefined) return away
    }
    if (mischief.strikes('payer-refused-there')) {
      const refused = await this.#pays(ticket, cardThere('REFUSED'))
      if (random.chance(0.4)) await this.#comesBack(visit, refused)
      await this.wait(random.between(SECOND_MS, 5 * MINUTE_MS))
    }
    if (mischief.strikes('payer-pays-late')) await this.wait(this.#almostTooLateMs(ticket))
    if (mischief.strikes('payer-two-tabs-there')) {
      const [first] = await Promise.all([
        this.#pays(ticket, this.#means()),
        this.#pays(ticket, this.#means()),
      ])
      await this.#comesBack(visit, first)
    } else {
      await this.#comesBack(visit, await this.#pays(ticket, this.#means()))
    }
    return 'left'
  }

  /** Closes the window, or goes back by a door. */
  async #leaves(visit: PageVisit, ticket: string): Promise<CameAway> {
    const { random, psp, scheduler } = this.at
    if (random.chance(0.5)) await this.#comesBack(visit, cancelHosted(psp, ticket, scheduler.nowMs))
    return 'left'
  }

  async #changesMind(visit: PageVisit, ticket: string): Promise<CameAway | undefined> {
    const { random, cluster, mischief, note } = this.at
    const mind = await this.settled(cluster.engine()?.changeMind(visit.link))
    note(`payer of ${visit.id} wants another way: ${mind?.kind ?? 'no answer'}`)
    if (mind?.kind !== 'free') return random.chance(0.3) ? 'left' : undefined
    // The first page is still open, and paid as well: before the other, beside it, or long after.
    if (mischief.strikes('switch-both-paid')) {
      this.beside(
        this.#paysHereToo(
          visit,
          ticket,
          mischief.uptoMs(1, random.pick([MINUTE_MS, 10 * MINUTE_MS, HOUR_MS])),
        ),
      )
    }
    return 'another-way'
  }

  async #paysHereToo(visit: PageVisit, ticket: string, afterMs: number): Promise<void> {
    await this.wait(afterMs)
    await this.#comesBack(visit, await this.#pays(ticket, this.#means()))
  }

  /** Until just before the page closes, or just after. */
  #almostTooLateMs(ticket: string): number {
    const { psp, scheduler, mischief } = this.at
    const { expiresMs } = hostedOrder(psp, ticket, scheduler.nowMs) ?? { expiresMs: scheduler.nowMs }
    return mischief.uptoMs(MINUTE_MS, expiresMs - scheduler.nowMs - 50)
  }

  #means(): HostedPayment {
    const { mischief, random } = this.at
    if (mischief.strikes('card-declined')) return cardThere('REFUSED')
    if (!mischief.strikes('pending-method')) return cardThere('Jane Doe')
    return { method: 'IDEAL-SSL', result: random.pick(['pending', 'pending', 'pending-failed', 'paid']) }
  }

  async #pays(ticket: string, payment: HostedPayment): Promise<HostedResult> {
    const { scheduler, mischief, psp, postman, books, random, note } = this.at
    await this.wait(mischief.latencyMs(200))
    const nowMs = scheduler.nowMs
    const orderCode = hostedOrder(psp, ticket, nowMs)?.orderCode
    const usual = psp.options
    // Their bank takes its time.
    psp.options = {
      ...usual,
      processingMs: random.pick([20 * SECOND_MS, 10 * MINUTE_MS, HOUR_MS, 30 * HOUR_MS]),
    }
    const pending = 'result' in payment && payment.result.startsWith('pending')
    if (!pending) psp.options = usual
    const decidedMs = nowMs + psp.options.processingMs
    const result = postman.around(() => payHosted(psp, ticket, payment, nowMs))
    psp.options = usual
    note(`payer pays ${orderCode} on the page by ${payment.method}: ${result.kind}`)
    if (orderCode === undefined) return result
    if (result.kind === 'authorised' || result.kind === 'pending') checkPage(books, orderCode)
    checkLive(books, orderCode)
    if (result.kind === 'pending')
      this.beside(this.wait(decidedMs - nowMs + 1).then(() => checkLive(books, orderCode)))
    return result
  }

  async #comesBack({ id, link }: PageVisit, result: HostedResult): Promise<void> {
    const { random, mischief, cluster, note } = this.at
    if (random.chance(0.25)) return
    await this.wait(random.between(100, random.pick([SECOND_MS, 20 * SECOND_MS, 5 * MINUTE_MS])))
    const lies = mischief.strikes('door-lies')
    const door = lies ? random.pick(DOORS) : result.returnTo
    const query = lies
      ? {
          ...result.query,
          paymentStatus: random.pick(['AUTHORISED', 'REFUSED', 'CANCELLED']),
          mac2: 'forged',
        }
      : result.query
    const waitMs = random.pick([1, 5 * SECOND_MS, 30 * SECOND_MS])
    const after = await this.settled(cluster.engine()?.payerReturned({ link, door, query, waitMs }))
    note(`payer of ${id} comes back by '${door}': ${after?.status ?? 'no answer'}`)
  }
}
