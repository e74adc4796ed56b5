import { CounterfoilError } from '../../src/errors.ts'
import {
  addFault,
  dueNotifications,
  nextNotificationMs,
  notificationDelivered,
  type QueuedNotification,
  type WorldpayState,
} from '../../src/simulators/worldpay/index.ts'
import { type Books, noticeId } from './books.ts'
import type { Acknowledgement, Counterfoil } from '../../src/engine/api.ts'
import { Violation } from './invariant.ts'
import type { Mischief } from './mischief.ts'
import { CREDENTIALS, WRONG_CREDENTIALS } from './modules.ts'
import type { Scheduler } from './scheduler.ts'

const SECOND_MS = 1_000
const DAY_MS = 24 * 3_600_000
/** The PSP waits no longer for an answer. */
const PATIENCE_MS = 20 * SECOND_MS
/** From a call that nobody took to the next try. */
const RETRY_MS = 5 * 60 * SECOND_MS
/** What only a notification can tell: nobody asks about a payment that has ended well. */
const FACTS: ReadonlySet<string> = new Set([
  'CAPTURE_FAILED',
  'CHARGED_BACK',
  'CHARGEBACK_REVERSED',
  'CANCELLED',
  'EXPIRED',
  'REFUNDED',
  'REFUND_FAILED',
])

const UNREADABLE = [
  '',
  '<html><body>502</body></html>',
  '<paymentService><notify/></paymentService>',
  '<paymentService merchantCode="OTHER"><notify><orderStatusEvent orderCode="x"/></notify></paymentService>',
] as const

interface Parts {
  readonly scheduler: Scheduler
  readonly mischief: Mischief
  readonly books: Books
  readonly psp: WorldpayState
  readonly fail: (error: unknown) => void
}

/** Carries the PSP's calls to whichever process is up: one after the other, over a network that does what it wants. */
export class Postman {
  /** Whichever process is up. */
  engine: () => Counterfoil | undefined = () => undefined
  readonly #parts: Parts
  #nextMs = Number.POSITIVE_INFINITY
  #cancel: () => void = () => undefined
  #busy = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Something has happened at the PSP, of which somebody is to be told now or later. */
  wake(): void {
    const { scheduler, psp } = this.#parts
    if (this.#busy) return
    const nextMs = nextNotificationMs(psp)
    if (nextMs === undefined || nextMs >= this.#nextMs) return
    this.#cancel()
    this.#nextMs = nextMs
    this.#cancel = scheduler.after(nextMs - scheduler.nowMs, () => void this.#round().catch(this.#parts.fail))
  }

  /** What happens at the PSP in `work` may come with a forged notification. */
  around<T>(work: () => T, mayForge = true): T {
    const { psp, mischief } = this.#parts
    if (mayForge && mischief.strikes('notification-forged')) addFault(psp, { kind: 'notification-forged' })
    try {
      return work()
    } finally {
      psp.faults = []
      this.wake()
    }
  }

  async #round(): Promise<void> {
    const { scheduler, psp } = this.#parts
    this.#nextMs = Number.POSITIVE_INFINITY
    this.#busy = true
    try {
      for (;;) {
        const [due] = dueNotifications(psp, scheduler.nowMs, 1)
        if (due === undefined) break
        const taken = await this.#carry(due)
        notificationDelivered(psp, due.id, taken, scheduler.nowMs)
      }
    } finally {
      this.#busy = false
      this.wake()
    }
  }

  /** True when the PSP hears that it was taken. */
  async #carry({ id, orderCode, event, document }: QueuedNotification): Promise<boolean> {
    const { mischief, psp, books } = this.#parts
    const isForged = psp.notifications.messages.some((each) => each.id === id && each.forged !== undefined)
    if (isForged) {
      await this.#forge(orderCode, document)
      return true
    }
    // Somebody else's, or a broken one: it must not hold up any other (F22).
    if (mischief.strikes('notification-unreadable')) {
      await this.#deliver(mischief.random.pick(UNREADABLE), CREDENTIALS)
    }
    if (mischief.strikes('notification-lost')) {
      if (FACTS.has(event)) books.untold.add(orderCode)
      return true
    }
    if (mischief.strikes('notification-late')) {
      const longestMs = mischief.random.pick([3_600_000, 3_600_000, DAY_MS, 3 * DAY_MS])
      this.#later(mischief.uptoMs(30 * SECOND_MS, longestMs), document)
      return true
    }
    // Those behind it overtake it.
    if (mischief.strikes('notification-shuffled')) {
      this.#later(mischief.random.between(1, 240) * SECOND_MS, document)
      return true
    }
    if (mischief.strikes('notification-twice')) {
      this.#later(mischief.uptoMs(1, mischief.random.pick([SECOND_MS, 3_600_000, DAY_MS])), document)
    }
    return this.#deliver(document, CREDENTIALS)
  }

  /** Another carrier has it: tried until it is taken. */
  #later(delayMs: number, document: string): void {
    const { scheduler, fail } = this.#parts
    const carry = async (): Promise<void> => {
      if (!(await this.#deliver(document, CREDENTIALS))) this.#later(RETRY_MS, document)
    }
    scheduler.after(delayMs, () => void carry().catch(fail))
  }

  /** Without our credentials it must be turned away; with them it must be believed in nothing. */
  async #forge(orderCode: string, document: string): Promise<void> {
    const { mischief, books } = this.#parts
    books.forged.add(noticeId(document))
    if (!books.believes(orderCode) && mischief.random.chance(0.6)) {
      await this.#deliver(document, CREDENTIALS)
      return
    }
    if (await this.#deliver(document, mischief.random.chance(0.7) ? WRONG_CREDENTIALS : undefined)) {
      throw new Violation('S3', `a notification without our credentials was taken, about ${orderCode}`)
    }
  }

  /** One call over the network. */
  async #deliver(raw: string, authorization: string | undefined): Promise<boolean> {
    const { mischief } = this.#parts
    await this.#wait(mischief.latencyMs(150))
    const engine = this.engine()
    if (engine === undefined) return false
    const headers = authorization === undefined ? {} : { authorization }
    const calling = engine.receive({ path: 'worldpay', raw, headers, callerAddress: '192.0.2.99' })
    const taken = await Promise.race([this.#taken(calling, raw), this.#wait(PATIENCE_MS)])
    mischief.note?.(
      'the PSP',
      `calls about ${orderCodeIn(raw)}, ${taken === true ? 'and is heard' : 'in vain'}`,
    )
    await this.#wait(mischief.latencyMs(100))
    return taken === true && !mischief.strikes('acknowledgement-lost')
  }

  async #taken(calling: Promise<Acknowledgement>, raw: string): Promise<boolean> {
    try {
      const { status, body } = await calling
      // F15: what is acknowledged is durable.
      if (!this.#parts.books.wasReceived(raw)) this.#parts.fail(notDurable(raw))
      return status === 200 && body === '[OK]'
    } catch (error) {
      if (!(error instanceof CounterfoilError)) throw error
      if (error.code.startsWith('CF_JOURNAL')) this.#parts.mischief.met('notification-refused')
      return false
    }
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.scheduler.after(delayMs, resolve)
    })
  }
}

function notDurable(raw: string): Violation {
  return new Violation('F15', `a notification about ${orderCodeIn(raw)} was acknowledged and is in no inbox`)
}

function orderCodeIn(raw: string): string {
  return /orderCode="([^"]+)"/.exec(raw)?.[1] ?? 'nothing'
}
