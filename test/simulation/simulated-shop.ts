import type { Order } from '../../src/payment/order.ts'
import { type ActionAnswer, done, refused, type Shop, type Telling } from '../../src/shop/shop.ts'
import { Violation } from './invariant.ts'
import type { Mischief } from './mischief.ts'
import type { Scheduler } from './scheduler.ts'
import type { Life } from './simulated-node.ts'

/** What the shop shows as the status of an order: the last of these counts. */
const STATUS_WORDS: ReadonlySet<string> = new Set(['paid', 'cancelled', 'in-progress'])

/** The shop's own database: what it was told, each key once. Shared by all processes, like a real one. */
export class ShopBooks {
  readonly orders = new Map<string, Order>()
  /** What each key did, in the order in which it came. */
  readonly told: {
    readonly what: string
    readonly key: string
    readonly orderId: string
    readonly paymentId: string
  }[] = []
  readonly #keys = new Set<string>()
  readonly #sequences = new Map<string, number>()
  /** Keys that were undone: their run, should it come later, does nothing. */
  readonly #undone = new Set<string>()
  readonly #reserved = new Map<string, string>()
  awayUntilMs = 0
  /** Until then its mail server is away, and nothing else of it. */
  mailAwayUntilMs = 0
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  assertThere(): void {
    if (this.#scheduler.nowMs < this.awayUntilMs) throw new Error('the shop is away')
  }

  tell(what: string, telling: Telling): void {
    if (what === 'mail' && this.#scheduler.nowMs < this.mailAwayUntilMs)
      throw new Error('the mail server is away')
    if (this.#keys.has(telling.key)) return
    const isStatus = STATUS_WORDS.has(what)
    if (isStatus && telling.sequence < (this.#sequences.get(telling.orderId) ?? 0)) return
    if (isStatus) this.#sequences.set(telling.orderId, telling.sequence)
    this.#keys.add(telling.key)
    this.told.push({ what, key: telling.key, orderId: telling.orderId, paymentId: telling.paymentId })
  }

  reserve(telling: Telling): void {
    if (!this.#undone.has(telling.key)) this.#reserved.set(telling.key, telling.paymentId)
  }

  release(telling: Telling): void {
    this.#undone.add(telling.key)
    this.#reserved.delete(telling.key)
  }

  isReserved(paymentId: string): boolean {
    return [...this.#reserved.values()].includes(paymentId)
  }

  times(what: string, paymentId: string): number {
    return this.told.filter((entry) => entry.what === what && entry.paymentId === paymentId).length
  }

  /** The last word about an order that the shop has heard. */
  lastWord(orderId: string): string | undefined {
    return this.told.findLast((entry) => entry.orderId === orderId)?.what
  }
}

/** The shop as one process sees it: late, failing, refusing; every call may have had its effect all the same. */
export function simulatedShop(life: Life, books: ShopBooks, mischief: Mischief): Shop {
  const call = <T>(work: () => T): Promise<T> => {
    mischief.mayCrash(life, 'crash-in-flight')
    const failsBefore = mischief.strikes('shop-fails')
    const failsAfter = !failsBefore && mischief.strikes('shop-fails')
    const backMs = mischief.strikes('shop-late')
      ? mischief.random.between(2_000, 30_000)
      : mischief.latencyMs(20)
    return life.call(mischief.latencyMs(20), backMs, () => {
      books.assertThere()
      if (failsBefore) throw new Error('the shop failed before')
      const value = work()
      if (failsAfter) throw new Error('the shop failed after')
      return value
    })
  }
  const tell = (what: string) => (telling: Telling) =>
    call(() => {
      books.tell(what, telling)
      mischief.note?.('the shop', `is told '${what}' of ${telling.paymentId} by ${life.world.nodeId}`)
    })
  return {
    loadOrder: (orderId) => call(() => books.orders.get(orderId)),
    markOrderPaid: tell('paid'),
    markPaymentCancelled: tell('cancelled'),
    markOrderInProgress: tell('in-progress'),
    deleteBasket: tell('basket'),
    paymentChanged: tell('changed'),
    sendOrderMail: tell('mail'),
    reserveStock: (telling): Promise<ActionAnswer> =>
      call(() => {
        if (mischief.strikes('stock-refused')) return refused('out of stock')
        books.reserve(telling)
        return done()
      }),
    releaseStock: (telling) => call(() => books.release(telling)),
  }
}

/** L2 at the end of a run: what is paid was told once, what ended unpaid holds no stock. */
export function checkShop(
  books: ShopBooks,
  payments: Iterable<{
    readonly payment: {
      readonly paymentId: string
      readonly orderId: string
      readonly status: string
      readonly reached: readonly string[]
      readonly facts: number
      readonly work: readonly { readonly state: string }[]
      readonly cases: readonly unknown[]
    }
  }>,
): void {
  const paid = new Set<string>()
  for (const { payment } of payments) {
    const { paymentId, status, reached, cases } = payment
    for (const what of ['paid', 'basket', 'mail', 'cancelled', 'in-progress']) {
      if (books.times(what, paymentId) > 1)
        throw new Violation('L2', `the shop was told '${what}' of ${paymentId} more than once`)
    }
    if (reached.includes('paid') && cases.length === 0) {
      for (const what of ['paid', 'basket', 'mail']) {
        if (books.times(what, paymentId) !== 1)
          throw new Violation('L2', `${paymentId} is paid and the shop was not told '${what}'`)
      }
    }
    const changed = books.times('changed', paymentId)
    const toldAll = payment.work.every(({ state }) => state === 'done' || state === 'superseded')
    if (changed > payment.facts || (toldAll && changed !== payment.facts)) {
      throw new Violation('L2', `the shop was told ${changed} of the ${payment.facts} facts of ${paymentId}`)
    }
    if (status === 'paid') paid.add(payment.orderId)
    if (
      (status === 'declined' || status === 'cancelled') &&
      cases.length === 0 &&
      books.isReserved(paymentId)
    ) {
      throw new Violation('L2', `${paymentId} is ${status} and still holds its stock`)
    }
  }
  for (const orderId of paid) {
    const words = books.told.filter(({ orderId: of, what }) => of === orderId && STATUS_WORDS.has(what))
    if (words.length > 0 && words.at(-1)?.what !== 'paid') {
      throw new Violation(
        'L2',
        `order ${orderId} is paid, and the last word to the shop is '${words.at(-1)?.what}'`,
      )
    }
  }
}
