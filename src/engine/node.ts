import { reasonOf } from '../errors.ts'
import type { Transport } from '../gateway/transport.ts'
import type { Journal, StoredPayment } from '../journal/journal.ts'
import type { Circumstances } from '../payment/decision.ts'
import type { PaymentEvent } from '../payment/events.ts'
import type { Rules } from '../payment/finding.ts'
import type { OrderRecord } from '../payment/order.ts'
import type { Payment } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { Shop } from '../shop/shop.ts'
import { newId, newToken, type World } from '../world.ts'
import type { Limits, LogLine, PayerLock } from './api.ts'
import type { Breakers } from './breaker.ts'
import type { Clock } from './clock.ts'
import type { Pace } from './pace.ts'
import type { Presences } from './presence.ts'
import type { Spooled } from './spooled.ts'

/** What the parts of the engine share in one process: the ports, the modules, and what is under way here. */
export interface EngineNode {
  /** Its wall clock is the engine's own: see `clock`. */
  readonly world: World
  readonly clock: Clock
  readonly journal: Journal
  readonly shop: Shop
  readonly transport: Transport
  readonly modules: ReadonlyMap<string, PaymentModule>
  readonly publicUrl: string
  readonly limits: Limits
  readonly payerLock: PayerLock | undefined
  /** Payers whose next leg may need what they gave: in memory only. */
  readonly presences: Presences
  /** Payments that were begun here and have not ended here, by their keys: known also while the journal is away. */
  readonly begun: Map<string, StoredPayment>
  /** Answers that the journal could not take yet. */
  readonly spooled: Spooled
  readonly log: (line: LogLine) => void
  /** What was said once and need not be said again: see `sayOnce`. */
  readonly said: Set<string>
  /** Payments that this process is at work on; the timer leaves them alone. */
  readonly busy: Set<string>
  /** Payments that are due and could not be taken up here, until when they rest (monotonic): others are due too (F22). */
  readonly resting: Map<string, number>
  /** How often in a row recovery has failed here, for those with which it has. */
  readonly failing: Map<string, number>
  /** Tasks that nobody awaits: `stop` does. */
  readonly tasks: Set<Promise<void>>
  /** Notifications that were looked at here, until when they rest (monotonic), and whether they are about no payment of ours. */
  readonly parked: Map<string, { readonly untilMs: number; readonly isStranger: boolean }>
  /** Who may not begin now, because their PSP does not answer. */
  readonly breakers: Breakers
  /** Of recovery's inquiries (F23). */
  readonly pace: Pace
  readonly duty: Duty
}

/** Whether this process may act, as far as it knows itself. */
export interface Duty {
  running: boolean
  /** About to stop: whoever chooses goes elsewhere. */
  draining: boolean
  /** How many of the longest due the next round leaves out, because this node can take up few of them. */
  dueSkip: number
  /** Monotonic time from which on the next unknown module is worth a line in the log. */
  unknownModuleSaidMs: number
  /** Payments that this process has begun and not ended. */
  payments: number
  /** Monotonic time of the last heartbeat that the journal took. */
  heartbeatAtMs: number
  /** It has stopped: what it has not ended others take over now, and it sends nothing any more. */
  hasTakenLeave: boolean
  /** By how much the machine's clock was ahead of the engine's when that was last said. */
  machineAheadMs: number
}

/** Lets a task run beside its caller. What it throws is logged: recovery takes up what it left. */
export function track(node: EngineNode, paymentId: string | undefined, task: Promise<void>): void {
  const tracked = task.catch((error: unknown) => {
    const about = paymentId === undefined ? {} : { paymentId }
    node.log({ level: 'error', message: `left to recovery: ${reasonOf(error)}`, ...about })
  })
  node.tasks.add(tracked)
  void tracked.then(() => node.tasks.delete(tracked))
}

/**
 * Why this process must not send, or undefined. A node that the journal has not heard of for a while may have been
 * taken over: it stops by itself before the others may take it for dead (F13).
 */
export function whyNotOnDuty(node: EngineNode): string | undefined {
  if (node.duty.hasTakenLeave) return 'this node has taken leave'
  const silentMs = node.world.monotonicMs() - node.duty.heartbeatAtMs
  return silentMs < node.limits.nodeDeadAfterMs / 2
    ? undefined
    : `this node was not heard of for ${silentMs} ms`
}

/** Works on all of them, at most `atOnce` at a time. What `work` throws ends the rest. */
export async function eachOf<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  if (items.length === 0) return
  const queue = items.values()
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}

/** Makes this process the owner of a payment that it is about to send something for. */
export function takenBy(node: EngineNode, { owner, fence }: Payment): readonly PaymentEvent[] {
  const { nodeId } = node.world
  if (owner === nodeId) return []
  return [{ type: 'owner-changed', owner: nodeId, fence: fence + 1, atMs: node.world.nowMs() }]
}

/** Everything that a decision needs beside the payment, drawn now. */
export function circumstances(
  node: EngineNode,
  module: PaymentModule,
  order: OrderRecord,
  hasCard = false,
): Circumstances {
  const nowMs = node.world.nowMs()
  const sendDeadlineMs = nowMs + node.limits.sendWithinMs
  return {
    nowMs,
    order,
    rules: rulesOf(node, module),
    jitter: (node.world.randomBytes(1)[0] ?? 0) / 255,
    freshReference: newId(node.world),
    freshToken: newToken(node.world),
    hasCard,
    freshCaseId: newId(node.world),
    sendDeadlineMs,
    dueAtMs: sendDeadlineMs + node.limits.answerWithinMs,
  }
}

function rulesOf(node: EngineNode, { gateway, pollUnpaidMs, authorizationValidMs }: PaymentModule): Rules {
  const { maxDeliveryMs, maxProcessingMs, inquiryLagMs } = gateway.capabilities
  const { doubtCaseAfterMs, reversalTriesMax, challengeValidMs } = node.limits
  return {
    maxDeliveryMs,
    maxProcessingMs,
    inquiryLagMs,
    steadySinceMs: node.clock.steadySinceMs(),
    doubtCaseAfterMs,
    reversalTriesMax,
    pollUnpaidMs,
    challengeValidMs,
    authorizationValidMs,
  }
}
