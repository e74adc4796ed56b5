import { hash } from 'node:crypto'
import { failure, reasonOf } from '../errors.ts'
import type { Gateway, Notice, NotificationHandler } from '../gateway/gateway.ts'
import type { InboxItem } from '../journal/journal.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { Acknowledgement, NotificationRequest } from './api.ts'
import { load, type Session } from './commit.ts'
import { eachOf, type EngineNode, track } from './node.ts'
import { checkNotice } from './notice-checks.ts'
import { weighNotice } from './notice-weighing.ts'
import { sayOnce } from './say-once.ts'

/** A notification is one or two kilobytes; nobody honest sends more than this. */
const NOTIFICATION_CHARACTERS_MAX = 65_536

/** What cannot be used yet rests for so long before it is looked at again. */
const PARKED_REST_MS = 30_000

/**
 * Takes a notification: it is durable before it is acknowledged, and looked at beside the caller. Who does not show
 * the credentials that were agreed on is turned away at the door, whatever the pipelines say.
 */
export async function receive(node: EngineNode, request: NotificationRequest): Promise<Acknowledgement> {
  const handlers = handlersOf(node, request.path)
  const [first] = handlers
  if (first === undefined) throw failure('CF_LINK_INVALID', 'no provider calls this address')
  if (request.raw.length > NOTIFICATION_CHARACTERS_MAX) {
    throw failure('CF_NOTIFICATION_REFUSED', `it is longer than ${NOTIFICATION_CHARACTERS_MAX} characters`)
  }
  const raw = first.gateway.scrub(request.raw)
  // Each account has its own credentials, and vouches for its own payments only.
  const read = readBy(handlers, raw)
  const asked = read.kind === 'read' ? [read] : handlers
  const isAuthentic = asked.some(({ handler }) => handler.isAuthentic(request.headers))
  if (!isAuthentic && asked.some(({ handler }) => handler.hasCredentials)) {
    throw failure('CF_NOTIFICATION_REFUSED', 'the caller did not show the credentials that were agreed on')
  }
  await makeRoom(node)
  const item: InboxItem = {
    id: digestOf(`${request.path}\n${raw}`),
    gateway: request.path,
    receivedAtMs: node.world.nowMs(),
    raw,
    isAuthentic,
    callerAddress: request.callerAddress,
  }
  await node.journal.receive(item)
  track(node, undefined, look(node, item, read))
  return first.handler.acknowledgement
}

/**
 * The inbox is bounded. What was looked at and is about no payment of ours makes room first: another system of the
 * same merchant, or a stranger, must not keep our own calls out.
 */
async function makeRoom(node: EngineNode): Promise<void> {
  const { items, unreadable } = await node.journal.inbox(node.limits.inboxMax)
  const waiting = items.length + unreadable.length
  if (waiting < node.limits.inboxMax) return
  const stranger = items.find(({ id }) => node.parked.get(id)?.isStranger === true)
  if (stranger === undefined) {
    throw failure('CF_OVERLOADED', `${waiting} notifications wait to be looked at`)
  }
  node.log({ level: 'warn', message: 'a notification about no payment of ours made room for another one' })
  await node.journal.removeFromInbox(stranger.id)
  node.parked.delete(stranger.id)
}

/** Looks at every notification that waits, each by itself: one that cannot be used delays no other (F22). */
export async function workOffInbox(node: EngineNode): Promise<void> {
  const nowMs = node.world.monotonicMs()
  for (const [id, { untilMs }] of node.parked) if (untilMs <= nowMs) node.parked.delete(id)
  const { items, unreadable } = await node.journal.inbox(node.limits.inboxMax)
  for (const id of unreadable) {
    sayOnce(node, {
      level: 'error',
      message: `the notification ${id} cannot be read, and stays in the inbox`,
    })
  }
  await eachOf(
    items.filter(({ id }) => !node.parked.has(id)),
    node.limits.recoveriesAtOnceMax,
    (item) => look(node, item),
  )
}

/** What became of a look: used up, to be looked at again, or about no payment that we know. */
type Use = 'used' | 'later' | 'stranger'

/** What fails here is tried again for a bounded time; only what was used, or can never be, is taken out. */
async function look(node: EngineNode, item: InboxItem, read?: Read): Promise<void> {
  // Nobody else in this process looks at it meanwhile.
  node.parked.set(item.id, { untilMs: Number.POSITIVE_INFINITY, isStranger: false })
  let used: Used
  try {
    used = await use(node, item, read ?? readBy(handlersOf(node, item.gateway), item.raw))
  } catch (error) {
    used = { became: 'later', why: reasonOf(error) }
    node.log({ level: 'error', message: `a notification waits: ${used.why}` })
  }
  const { became, why, recordedBy } = used
  const isOver = node.world.nowMs() - item.receivedAtMs > node.limits.parkedForMs
  if (became !== 'used' && isOver) {
    node.log({ level: 'warn', message: `a notification was given up: ${why}` })
  }
  const untilMs = node.world.monotonicMs() + PARKED_REST_MS
  node.parked.set(item.id, { untilMs, isStranger: became === 'stranger' })
  if (became !== 'used' && !isOver) return
  try {
    await node.journal.removeFromInbox(item.id, recordedBy)
  } catch (error) {
    node.log({ level: 'warn', message: `a used notification stays in the inbox: ${reasonOf(error)}` })
  }
}

interface Used {
  readonly became: Use
  readonly why: string
  /**
   * The payment that it was written down in, as far as this process saw. Where the journal finds that it is not, because
   * a failover has lost that commit or newer ones have pushed it out of `notices`, it stays in the inbox and is written
   * down once more after its rest: then it is the newest, and goes.
   */
  readonly recordedBy?: string
}

async function use(node: EngineNode, item: InboxItem, read: Read): Promise<Used> {
  if (read.kind === 'unreadable') {
    node.log({ level: 'error', message: `a notification of ${item.gateway} is unreadable: ${read.why}` })
    return { became: 'used', why: read.why }
  }
  const { notice, gateway } = read
  const session = await sessionFor(node, notice, gateway.account)
  const module = session === undefined ? read.module : node.modules.get(session.payment.module)
  // Another version of this shop may know the module (F25).
  if (module === undefined) return { became: 'later', why: 'it is about a payment of an unknown module' }
  const checked = await checkNotice(node, module, session?.payment, notice, item)
  if (checked.kind === 'refused') {
    node.log({ level: 'warn', message: `a notification was turned away: ${checked.reason}` })
    return { became: 'used', why: checked.reason }
  }
  if (session === undefined) return { became: 'stranger', why: `no payment has the reference of it` }
  if (checked.kind === 'later') return { became: 'later', why: checked.reason }
  await weighNotice(node, module, session, notice, item, checked.kind === 'ok')
  return { became: 'used', why: 'done', recordedBy: session.payment.paymentId }
}

/** The payment that it is about, if it was made with the account that it is of. */
async function sessionFor(
  node: EngineNode,
  { reference, modification }: Extract<Notice, { kind: 'notice' }>,
  account: string,
): Promise<Session | undefined> {
  const stored =
    (await node.journal.findByReference(reference)) ??
    (modification === undefined ? undefined : await node.journal.findByReference(modification))
  const isOfAccount = stored?.payment.operations.some((operation) => operation.account === account)
  return stored === undefined || isOfAccount !== true ? undefined : load(node, stored.payment.paymentId)
}

interface Handling {
  readonly module: PaymentModule
  readonly gateway: Gateway
  readonly handler: NotificationHandler
}

/** The gateways that one address stands for: the modules of one provider share it. */
function handlersOf(node: EngineNode, path: string): readonly Handling[] {
  const found: Handling[] = []
  for (const module of node.modules.values()) {
    const { gateway } = module
    if (gateway.notification?.path === path) found.push({ module, gateway, handler: gateway.notification })
  }
  return found
}

type Read =
  | (Handling & { readonly kind: 'read'; readonly notice: Extract<Notice, { kind: 'notice' }> })
  | { readonly kind: 'unreadable'; readonly why: string }

/** Accounts of one provider tell their own notifications apart. */
function readBy(handlers: readonly Handling[], raw: string): Read {
  let why = 'no gateway reads it'
  for (const handling of handlers) {
    const notice = handling.handler.parse(raw)
    if (notice.kind === 'notice') return { kind: 'read', ...handling, notice }
    why = notice.why
  }
  return { kind: 'unreadable', why }
}

/** Names a notification by its content, so that a copy is known for one. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32)
}
