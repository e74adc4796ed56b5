import { failure, reasonOf } from '../../errors.ts'
import type { World } from '../../world.ts'
import {
  dueNotifications,
  nextNotificationMs,
  notificationDelivered,
  type QueuedNotification,
} from './notifications.ts'
import { deliverTo } from './postman-delivery.ts'
import type { WorldpayState } from './state.ts'

/** How long an answer waits for the notification that is to arrive before it. */
const NOTIFY_FIRST_MS_MAX = 10_000
/** The queue is looked at again after this at the latest: a timer cannot wait for longer than 24 days. */
const LOOK_AGAIN_MS_MAX = 60_000
/** After a failure of the simulator itself. */
const REST_MS = 1_000
/** So many acknowledged notifications are remembered for being delivered again, and so many orders' last failures. */
const REMEMBERED_MAX = 1_000
/** So many extra deliveries wait at most, and so many are asked for at once. */
const AGAIN_MAX = 1_000

/** What the postman needs of the shell whose notifications these are. */
export interface PostOffice {
  readonly state: WorldpayState
  readonly world: World
  nowMs(): number
  /** Keeps what has become of a notification. */
  saved(orderCode: string): void
}

/** A notification that nobody has acknowledged yet. */
export interface WaitingNotification {
  readonly id: string
  readonly orderCode: string
  readonly event: string
  readonly tries: number
  /** When it is tried next. */
  readonly dueMs: number
  /** Why the last delivery for this order was not acknowledged. */
  readonly failure?: string
}

/**
 * Takes the notifications to the merchant, one at a time and in their order: what is not acknowledged with HTTP 200 and
 * `[OK]` is taken there again, when the queue says so.
 */
export class Postman {
  readonly #office: PostOffice
  readonly #ended = new AbortController()
  readonly #failures = new Map<string, string>()
  #delivered: QueuedNotification[] = []
  #again: QueuedNotification[] = []
  readonly #waiting = new Set<{ readonly orderCode: string; readonly go: () => void }>()
  #cancelTimer: (() => void) | undefined
  #round: Promise<void> | undefined

  constructor(office: PostOffice) {
    this.#office = office
  }

  /** Looks at the queue: to be called after everything that may have put something into it. */
  wake(restMs = 0): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#ended.signal.aborted || this.#round !== undefined) return
    const nextMs = this.#nextMs()
    const delayMs = Math.max(restMs, Math.ceil((nextMs ?? Infinity) - this.#office.nowMs()))
    if (delayMs > 0) this.#letGo()
    if (nextMs === undefined) return
    this.#cancelTimer = this.#office.world.timer(Math.min(Math.max(delayMs, 0), LOOK_AGAIN_MS_MAX), () => {
      this.#cancelTimer = undefined
      this.#round = this.#deliverAllDue()
    })
  }

  /**
   * Resolves when a notification of this order was delivered or has failed, when nothing is due any more, or after 10 s.
   */
  async tried(orderCode: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const go = (): void => {
        cancel()
        this.#waiting.delete(entry)
        resolve()
      }
      const entry = { orderCode, go }
      const cancel = this.#office.world.timer(NOTIFY_FIRST_MS_MAX, go)
      this.#waiting.add(entry)
      this.wake()
    })
  }

  /** What is still to be delivered, in its order. */
  queue(): WaitingNotification[] {
    return this.#office.state.notifications.messages.map(
      ({ id, orderCode, event, tries, dueMs, retryMs }) => {
        const failed = tries > 0 ? this.#failures.get(orderCode) : undefined
        return {
          id,
          orderCode,
          event,
          tries,
          dueMs: retryMs ?? dueMs,
          ...(failed !== undefined && { failure: failed }),
        }
      },
    )
  }

  /**
   * Delivers once more, as real gateways do, what was acknowledged already: of one order, or all that is remembered. What
   * was delivered in vain is tried at once. Says how many deliveries that makes.
   *
   * @throws CF_CONFIG when `times` is no number from 1 to 1000, or when that is more than are delivered again at once.
   */
  deliverAgain(orderCode: string | undefined, times = 1): number {
    if (!(Number.isInteger(times) && times >= 1 && times <= AGAIN_MAX)) {
      throw failure('CF_CONFIG', `'times' is allowed to be a whole number from 1 to ${AGAIN_MAX}`)
    }
    const found = this.#delivered.filter((each) => orderCode === undefined || each.orderCode === orderCode)
    if (this.#again.length + found.length * times > AGAIN_MAX) {
      throw failure('CF_CONFIG', `at most ${AGAIN_MAX} notifications are delivered again at once`)
    }
    for (let time = 0; time < times; time++) this.#again.push(...found)
    const inVain = this.#office.state.notifications.messages.filter(
      (each) => each.retryMs !== undefined && (orderCode === undefined || each.orderCode === orderCode),
    )
    for (const message of inVain) message.retryMs = this.#office.nowMs()
    this.wake()
    return found.length * times + inVain.length
  }

  /** After the books were emptied. */
  forget(): void {
    this.#failures.clear()
    this.#delivered = []
    this.#again = []
    this.wake()
  }

  /** Ends the delivery that is under way, and makes no other. */
  async close(): Promise<void> {
    this.#cancelTimer?.()
    this.#ended.abort()
    this.#letGo()
    await this.#round
  }

  /** Undefined when nothing is to be delivered, or nobody to deliver it to. */
  #nextMs(): number | undefined {
    if (this.#address() === undefined) return undefined
    return this.#again.length > 0 ? 0 : nextNotificationMs(this.#office.state)
  }

  #address(): string | undefined {
    const { notificationUrl } = this.#office.state.options
    return notificationUrl === '' || notificationUrl === 'kept' ? undefined : notificationUrl
  }

  async #deliverAllDue(): Promise<void> {
    let restMs = 0
    try {
      while (await this.#deliverOne());
    } catch (error) {
      // Only the data file can fail here. Nothing is lost: what was not kept as delivered is delivered again.
      process.emitWarning(`The simulator could not keep its notifications: ${reasonOf(error)}`)
      restMs = REST_MS
    }
    this.#round = undefined
    this.wake(restMs)
  }

  /** False when there is nothing more to do now. */
  async #deliverOne(): Promise<boolean> {
    const { state, world } = this.#office
    const url = this.#address()
    if (url === undefined || this.#ended.signal.aborted) return false
    const again = this.#again.shift()
    if (again !== undefined) {
      await deliverTo(url, again, world, this.#ended.signal)
      return true
    }
    const [due] = dueNotifications(state, this.#office.nowMs(), 1)
    if (due === undefined) return false
    const failed = await deliverTo(url, due, world, this.#ended.signal)
    if (this.#ended.signal.aborted) return false
    // The books were emptied meanwhile.
    if (!state.notifications.messages.some(({ id }) => id === due.id)) return true
    this.#remember(due, failed)
    notificationDelivered(state, due.id, failed === undefined, this.#office.nowMs())
    this.#office.saved(due.orderCode)
    this.#letGo(due.orderCode)
    return true
  }

  #remember(due: QueuedNotification, failed: string | undefined): void {
    this.#failures.delete(due.orderCode)
    if (failed === undefined) this.#delivered.push(due)
    else this.#failures.set(due.orderCode, failed)
    if (this.#delivered.length > REMEMBERED_MAX) this.#delivered.shift()
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > REMEMBERED_MAX && oldest !== undefined) this.#failures.delete(oldest)
  }

  /** Lets go on who waits for this order, or all when there is nothing left to wait for. */
  #letGo(orderCode?: string): void {
    for (const entry of this.#waiting) {
      if (orderCode === undefined || entry.orderCode === orderCode) entry.go()
    }
  }
}
