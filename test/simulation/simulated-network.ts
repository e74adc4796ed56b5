import type { Exchange } from '../../src/gateway/gateway.ts'
import type { Sent, Transport } from '../../src/gateway/transport.ts'
import {
  addFault,
  backOffice,
  type FaultRequest,
  handle,
  PAYMENT_SERVICE_PATH,
  type SimulatedResponse,
  type WorldpayState,
} from '../../src/simulators/worldpay/index.ts'
import type { Books } from './books.ts'
import type { FaultName } from './faults.ts'
import { Violation } from './invariant.ts'
import type { Mischief } from './mischief.ts'
import type { Postman } from './postman.ts'
import type { Random } from './random.ts'
import { checkBefore, checkCaptured, checkLive, checkOnce } from './psp-checks.ts'
import type { Life } from './simulated-node.ts'
import { type Subject, subjectOf } from './subject.ts'

const MINUTE_MS = 60_000
/** What the gateway declares, and what the simulated network and PSP keep to (with a little less, to be strict). */
const DELIVERY_MS_MAX = 16 * MINUTE_MS
const PROCESSING_MS_MAX = 2 * MINUTE_MS
const LAG_MS_MAX = 5 * MINUTE_MS

/** Whether the PSP had executed the message. */
const WHEN = ['before', 'after'] as const

/** Content faults of the PSP, by the name under which a run counts them. */
const WRONG_ANSWERS: readonly (readonly [FaultName, (random: Random) => FaultRequest])[] = [
  ['answer-truncated', () => ({ kind: 'truncated' })],
  ['answer-html', (random) => ({ kind: 'html', when: random.pick(WHEN) })],
  ['answer-5xx-before', () => ({ kind: 'http-error', when: 'before' })],
  [
    'answer-5xx-after',
    (random) => ({ kind: 'http-error', when: 'after', status: random.pick([500, 502, 504]) }),
  ],
  ['answer-wrong-reference', () => ({ kind: 'wrong-reference' })],
  ['answer-wrong-amount', () => ({ kind: 'wrong-amount' })],
  ['answer-wrong-currency', () => ({ kind: 'wrong-currency' })],
  ['answer-wrong-exponent', () => ({ kind: 'wrong-exponent' })],
  ['answer-duplicate', (random) => ({ kind: 'duplicate-text', when: random.pick(WHEN) })],
  ['answer-unavailable', (random) => ({ kind: 'unavailable', when: random.pick(WHEN) })],
]

/** What no process can do anything about. */
export interface Outside {
  /** Until then nobody listens at the PSP. */
  pspAwayUntilMs: number
}

export interface NetworkParts {
  readonly books: Books
  readonly psp: WorldpayState
  readonly mischief: Mischief
  readonly postman: Postman
  readonly outside: Outside
  readonly fail: (error: unknown) => void
}

/** The network between one process and the PSP: slow, lossy, repeating; and the PSP behind it. */
export function simulatedNetwork(
  life: Life,
  { books, psp, mischief, postman, outside, fail }: NetworkParts,
): Transport {
  const { scheduler } = life

  const send = (exchange: Exchange, mayStart: () => string | undefined): Promise<Sent> =>
    new Promise((resolve) => {
      mischief.mayCrash(life, 'crash-in-flight')
      const { nodeId } = life.world
      life.after(mischief.latencyMs(200), () => {
        const isRefused = scheduler.nowMs < outside.pspAwayUntilMs || mischief.strikes('connect-refused')
        const why = isRefused ? 'connect ECONNREFUSED' : mayStart()
        if (why !== undefined) {
          mischief.note?.(nodeId, `does not send: ${why}`)
          return resolve({ kind: 'notSent', why })
        }
        mischief.note?.(nodeId, `sends the ${titleOf(exchange)}`)
        leave(exchange, resolve)
      })
    })

  /** The first byte leaves now. */
  const leave = (exchange: Exchange, resolve: (sent: Sent) => void): void => {
    const copies: (() => void)[] = []
    let answered = false
    const stopTimeout = life.after(exchange.timeoutMs, () => {
      if (answered) return
      answered = true
      const socketReset = mischief.random.chance(0.5)
      // A reset socket delivers nothing any more; what has arrived is executed all the same.
      if (socketReset) for (const cancel of copies) cancel()
      mischief.note?.(life.world.nodeId, `has no answer${socketReset ? ', and has reset the socket' : ''}`)
      resolve({ kind: 'unknown', why: 'timeout', socketReset })
    })
    const back = (response: SimulatedResponse): void => {
      if (mischief.strikes('answer-lost')) return
      const delayMs = mischief.strikes('answer-late')
        ? mischief.random.between(10_000, 90_000)
        : exchange.movesMoney && mischief.strikes('notification-first')
          ? mischief.random.between(1_000, 20_000)
          : mischief.latencyMs(100)
      life.after(delayMs, () => {
        if (answered) return
        answered = true
        stopTimeout()
        mischief.note?.(life.world.nodeId, `has an answer with HTTP ${response.status}`)
        resolve({
          kind: 'answered',
          answer: { status: response.status, headers: response.headers, body: Buffer.from(response.body) },
        })
      })
    }
    const underWayMs = mischief.strikes('request-late')
      ? mischief.uptoMs(1_000, DELIVERY_MS_MAX - 1_000)
      : mischief.latencyMs(150)
    if (!mischief.strikes('request-lost'))
      copies.push(scheduler.after(underWayMs, () => arrive(exchange, back)))
    // Nothing can tell a repeated capture or refund from a second one (psp-protocols 9), so no network may repeat them.
    const repeatable = !/<(capture|refund)\b/.test(exchange.body)
    if (repeatable && mischief.strikes('request-twice')) {
      const againMs = mischief.random.between(1, DELIVERY_MS_MAX - 1_000)
      copies.push(scheduler.after(againMs, () => arrive(exchange, () => undefined)))
    }
    // A clock that is set while a request is on its way must not make anybody believe that it never was.
    if (exchange.movesMoney && mischief.strikes('clock-jumps')) {
      life.clockAheadMs += mischief.random.pick([-1, 1, 1]) * mischief.random.between(20, 60) * MINUTE_MS
    }
    mischief.mayCrash(life, 'crash-in-flight')
  }

  const arrive = (exchange: Exchange, back: (response: SimulatedResponse) => void): void => {
    const workMs = mischief.random.chance(0.1)
      ? mischief.uptoMs(1_000, PROCESSING_MS_MAX - 10_000)
      : mischief.latencyMs(300)
    scheduler.after(workMs, () => {
      attempt(() => back(execute(exchange)))
    })
  }

  const execute = (exchange: Exchange): SimulatedResponse => {
    const subject = subjectOf(exchange.body)
    const { kind, orderCode } = subject
    if (exchange.movesMoney !== (kind !== 'inquiry'))
      throw new Violation('S2', `an exchange of kind ${kind} says movesMoney ${exchange.movesMoney}`)
    if (exchange.movesMoney) checkBefore(books, subject)
    checkOnce(psp, subject)
    const { response } = postman.around(() => {
      const fault = faultFor(kind)
      if (fault !== undefined) addFault(psp, fault)
      const request = { method: exchange.method, path: PAYMENT_SERVICE_PATH, headers: exchange.headers }
      return handle({ ...request, body: exchange.body }, psp, scheduler.nowMs)
    }, kind !== 'inquiry')
    mischief.note?.(
      'the PSP',
      `has the ${titleOf(exchange)}; live there: ${books.ledger(orderCode)?.liveMinor ?? 0}`,
    )
    if (kind === 'charge' || kind === 'second-leg') checkLive(books, orderCode)
    if (kind === 'capture') {
      if (mischief.strikes('expired-under-capture')) {
        const inMs = mischief.random.between(1, psp.options.modifyMs - 1)
        scheduler.after(inMs, () => attempt(() => expireUnderCapture(orderCode)))
      }
      scheduler.after(psp.options.modifyMs + 1, () => attempt(() => checkCaptured(books, orderCode)))
    }
    return response
  }

  /** The authorization ends while a capture of it is in work there, which fails then. */
  const expireUnderCapture = (orderCode: string): void => {
    const { capturedMinor = 0n, pending = 0 } = books.ledger(orderCode) ?? {}
    // Of a payment captured in part no inquiry tells that the rest has expired.
    if (capturedMinor > 0n || pending === 0) return
    const done = postman.around(() => backOffice(psp, orderCode, 'expire', undefined, scheduler.nowMs))
    mischief.note?.('the PSP', `lets ${orderCode} expire under its capture: ${done.ok ? 'done' : done.why}`)
    if (!done.ok) return
    // Two facts: the failure of the capture is all that an inquiry shows. Who believes no call can only ask.
    books.elsewhere.set(orderCode, (books.elsewhere.get(orderCode) ?? 0) + 2)
    if (!books.believes(orderCode)) books.untold.add(orderCode)
  }

  const faultFor = (kind: Subject['kind']): FaultRequest | undefined => {
    const strikes = WRONG_ANSWERS.find(([name]) => mischief.strikes(name))
    if (strikes !== undefined) return strikes[1](mischief.random)
    if (kind === 'inquiry') {
      if (mischief.strikes('inquiry-unavailable')) return { kind: 'unavailable' }
      const lagMs = mischief.replicaLagMs(LAG_MS_MAX)
      return lagMs > 0 ? { kind: 'lagging-inquiry', lagMs } : undefined
    }
    const mayFail = kind === 'capture' || kind === 'refund'
    return mayFail && mischief.strikes('modification-fails-later') ? { kind: 'fails-later' } : undefined
  }

  const attempt = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      fail(error)
    }
  }

  return { send, close: () => life.call(1, 1, () => undefined) }
}

function titleOf({ body }: Exchange): string {
  const { kind, orderCode } = subjectOf(body)
  return `${kind} of ${orderCode}`
}
