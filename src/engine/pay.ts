import { hash } from 'node:crypto'
import { failure, reasonOf } from '../errors.ts'
import { containsCardNumber } from '../gateway/card.ts'
import type { StoredPayment } from '../journal/journal.ts'
import { money } from '../money/money.ts'
import { openPayment } from '../payment/open.ts'
import { type Order, type OrderRecord, openOrder, orderVersionOf } from '../payment/order.ts'
import { awaitsPayer, chargeOf } from '../payment/state.ts'
import { mainPipeline, type PaymentModule } from '../pipeline/module.ts'
import { newId, newToken } from '../world.ts'
import type { PaymentResult, PayRequest } from './api.ts'
import { beside } from './beside.ts'
import { within } from './deadline.ts'
import type { EngineNode } from './node.ts'
import { deliver } from './outbox.ts'
import { NOBODY } from './presence.ts'
import { sendAll } from './resolve.ts'
import { type Advance, advance, type Run, sendCharge } from './runner.ts'
import { resultOf } from './views.ts'

/** Other writers of the same order are rare; who meets more than these has a storm, not a race. */
const CONFLICTS_MAX = 5
/** What is kept of an order's description: pages and PSPs show less. */
const DESCRIPTION_CHARACTERS_MAX = 500

/** Opens a payment, runs its pipeline, and answers when the PSP has, or after `waitMs`; the rest goes on by itself. */
export async function pay(node: EngineNode, request: PayRequest): Promise<PaymentResult> {
  const module = checkRequest(node, request)
  if (node.duty.payments >= node.limits.paymentsInFlightMax) {
    throw failure('CF_OVERLOADED', `${node.duty.payments} payments are in flight here`)
  }
  node.duty.payments++
  let release = (): void => {
    node.duty.payments--
  }
  let owned = true
  let beginning = false
  try {
    const order = await orderToPay(node, request.orderId)
    const lock = await payerLock(node, order.id, request.payerIp)
    release = () => {
      node.duty.payments--
      lock?.release()
    }
    checkMayBegin(node, module)
    beginning = true
    const begun = await begin(node, module, order, request)
    if (begun.kind === 'known') return resultOf(begun.stored, node)
    if (begun.started.advance.kind === 'rested') node.breakers.of(module.gateway).giveBack()
    const waiting = goOn(node, begun.started, request.waitMs, release)
    owned = false
    return await waiting
  } catch (error) {
    // The form may have been sent before: its payment is the answer then, and never "nothing was charged" (F1).
    const known = beginning ? begunHere(node, request) : await knownQuietly(node, request)
    if (known === undefined) throw error
    return resultOf(known, node)
  } finally {
    if (owned && beginning) node.breakers.of(module.gateway).giveBack()
    if (owned) release()
  }
}

function checkMayBegin({ duty, breakers, spooled }: EngineNode, { gateway }: PaymentModule): void {
  if (!duty.running) throw failure('CF_NOT_STARTED', 'the engine is being stopped')
  if (spooled.isPastHighWater) {
    throw failure('CF_SPOOL_FULL', `${spooled.spool.size} answers wait in ${spooled.spool.name}`)
  }
  if (breakers.of(gateway).mayBegin()) return
  throw failure('CF_PROVIDER_UNAVAILABLE', `'${gateway.name}' has not answered the last charges`)
}

/** The shop's own lock beside the order's hold, where it has one. */
async function payerLock(
  node: EngineNode,
  orderId: string,
  payerIp: string | undefined,
): Promise<{ readonly release: () => void } | undefined> {
  const { payerLock: lock, world, limits } = node
  if (lock === undefined) return undefined
  let awaited = true
  const result = await within(world, limits.shopDeadlineMs, async () => {
    const acquired = await lock.acquire({ orderId, payerIp })
    // Nobody waits for it any more, so that nobody else would let go of it.
    if (!awaited && !('refused' in acquired)) acquired.release()
    return acquired
  })
  awaited = false
  if (result.kind === 'failed') {
    throw failure('CF_SHOP_UNAVAILABLE', `the payer lock failed: ${reasonOf(result.error)}`, {}, result.error)
  }
  if (result.kind === 'late') throw failure('CF_SHOP_UNAVAILABLE', 'the payer lock took too long')
  const { value } = result
  if ('refused' in value) throw failure('CF_ORDER_HELD', value.refused, { refusal: value.refused })
  return value
}

type Started = Exclude<Advance, { kind: 'conflict' }>
type Begun =
  | { readonly kind: 'known'; readonly stored: StoredPayment }
  | {
      readonly kind: 'begun'
      readonly started: { readonly module: PaymentModule; readonly advance: Started }
    }

/** As far as the first request to the PSP being durable and ready to leave, or the payment that this key stands for. */
async function begin(
  node: EngineNode,
  module: PaymentModule,
  order: Order,
  request: PayRequest,
): Promise<Begun> {
  const fingerprint = fingerprintOf(request)
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    const record = (await node.journal.order(order.id)) ?? openOrder(order.id)
    const mayGoBeside = record.state === 'held' && (await holderLetsAnother(node, record))
    const opening = openPayment({
      paymentId: newId(node.world),
      token: newToken(node.world),
      order: record,
      orderVersion: orderVersionOf(order),
      description: order.description.slice(0, DESCRIPTION_CHARACTERS_MAX).toWellFormed(),
      module: module.name,
      amountMinor: order.amountMinor,
      currency: order.currency,
      key: request.key,
      fingerprint,
      paidWhen: module.paidWhen,
      owner: node.world.nodeId,
      steps: mainPipeline(module).pipeline.names,
      nowMs: node.world.nowMs(),
      beside: mayGoBeside,
    })
    if (opening.kind === 'refused') {
      const known = await knownBy(node, request.key, fingerprint)
      if (known !== undefined) return { kind: 'known', stored: known }
      throw failure(opening.code, opening.text, await holderOf(node, opening.details))
    }
    const run: Run = {
      module,
      order,
      presence: {
        card: request.card,
        payer: order.payer,
        payerIp: request.payerIp,
        browser: request.browser,
      },
      session: undefined,
      pending: opening.events,
      record: opening.order ?? record,
    }
    const begun = await busyWhile(node, run, () => advance(node, run))
    if (begun.kind !== 'conflict') return { kind: 'begun', started: { module, advance: begun } }
    if (begun.on === 'key') {
      const known = await knownBy(node, request.key, fingerprint)
      if (known !== undefined) return { kind: 'known', stored: known }
    }
  }
  throw failure(
    'CF_JOURNAL_CONFLICT',
    `order ${order.id} changed ${CONFLICTS_MAX} times while it was to be held`,
  )
}

/** The payment that holds the order waits on the PSP's page, and its module lets the payer switch (design 5.6). */
async function holderLetsAnother(node: EngineNode, { paymentId }: OrderRecord): Promise<boolean> {
  const holder = paymentId === undefined ? undefined : await node.journal.read(paymentId)
  if (holder === undefined) return false
  const charge = chargeOf(holder.payment)
  // One that takes money with the charge was registered under another policy: nothing may begin beside it.
  const waits = charge?.kind === 'authorize' && awaitsPayer(charge)
  return waits && node.modules.get(holder.payment.module)?.onChangeOfMind === 'switch'
}

/** While this process runs it, the timer leaves the payment alone. A payment that did not begin is not busy. */
async function busyWhile(node: EngineNode, run: Run, begin: () => Promise<Advance>): Promise<Advance> {
  const opened = run.pending.find((event) => event.type === 'payment-opened')
  const paymentId = opened?.paymentId ?? ''
  node.busy.add(paymentId)
  let begun: Advance | undefined
  try {
    begun = await begin()
    return begun
  } finally {
    if (begun === undefined || begun.kind === 'conflict') node.busy.delete(paymentId)
  }
}

/** Sends, writes the answer down, tells the shop. The payer's answer waits only for the part before the telling. */
async function goOn(
  node: EngineNode,
  { module, advance: begun }: { readonly module: PaymentModule; readonly advance: Started },
  waitMs: number | undefined,
  release: () => void,
): Promise<PaymentResult> {
  const first = begun.kind === 'ready' ? begun.run.session : begun.session
  if (first === undefined) throw new Error('a payment that has begun is in the journal')
  const { paymentId, key } = first.payment
  remember(node, key, first)
  const presence = begun.kind === 'ready' ? begun.run.presence : NOBODY
  const latest = await beside(
    node,
    first,
    waitMs ?? node.limits.answerWithinMs + node.limits.sendWithinMs,
    async (answer) => {
      const resolved = begun.kind === 'ready' ? await sendCharge(node, begun) : begun
      // A soft decline is asked again at once: the payer waits for that too.
      const asksAgain = chargeOf(resolved.session.payment)?.state === 'intended' && resolved.toSend.length > 0
      if (!asksAgain) answer(resolved.session)
      const sent = await sendAll(node, module, resolved, presence)
      answer(sent)
      node.begun.delete(key)
      await deliver(node, module, sent)
    },
    () => {
      node.busy.delete(paymentId)
      release()
    },
  )
  return resultOf(latest, node)
}

/** Payments whose end this process has not written down: the latest of them, by their keys. */
const BEGUN_MAX = 1_000

function remember({ begun }: EngineNode, key: string, first: StoredPayment): void {
  begun.set(key, first)
  const [oldest] = begun.keys()
  if (begun.size > BEGUN_MAX && oldest !== undefined) begun.delete(oldest)
}

function checkRequest(node: EngineNode, request: PayRequest): PaymentModule {
  checkKey(request.key)
  const module = node.modules.get(request.module)
  if (module === undefined) {
    throw failure(
      'CF_MODULE_UNKNOWN',
      `'${request.module}' is none of: ${[...node.modules.keys()].join(', ')}`,
    )
  }
  const takesCard = module.kind === 'internal'
  if (takesCard !== (request.card !== undefined)) {
    const text = takesCard ? 'needs a card' : 'takes no card: its payers give it on the next page'
    throw failure('CF_CARD_INVALID', `the module '${module.name}' ${text}`)
  }
  refuseCardNumber('orderId', request.orderId)
  return module
}

/** The key that makes a call safe to repeat. */
export function checkKey(key: string): void {
  if (typeof key !== 'string' || !/^[\w.:-]{8,128}$/.test(key)) {
    throw failure('CF_KEY_MISSING', 'the key must have 8 to 128 characters of [A-Za-z0-9_.:-]')
  }
  refuseCardNumber('key', key)
}

/** What is written down must hold no card number (design 5.10). */
export function refuseCardNumber(field: string, text: string): void {
  if (containsCardNumber(text)) throw failure('CF_CARD_DATA_LEAK', `the field '${field}' holds a card number`)
}

/** Card fields are left out: the same form sent twice is the same request, and the journal learns nothing of the card. */
function fingerprintOf(request: PayRequest): string {
  return hash('sha256', JSON.stringify([request.orderId, request.module]), 'hex')
}

/** The order as the shop has it now, fit to be paid. */
export async function orderToPay(node: EngineNode, orderId: string): Promise<Order> {
  const loaded = await within(node.world, node.limits.shopDeadlineMs, (signal) =>
    node.shop.loadOrder(orderId, signal),
  )
  if (loaded.kind === 'failed') {
    throw failure(
      'CF_SHOP_UNAVAILABLE',
      `loading order ${orderId} failed: ${reasonOf(loaded.error)}`,
      {},
      loaded.error,
    )
  }
  if (loaded.kind === 'late') throw failure('CF_SHOP_UNAVAILABLE', `loading order ${orderId} took too long`)
  if (loaded.value === undefined) throw failure('CF_ORDER_UNKNOWN', `the shop knows no order ${orderId}`)
  const order = loaded.value
  if (order.id !== orderId) {
    throw failure('CF_ORDER_REFUSED', `the shop was asked for order ${orderId} and answered another one`)
  }
  money(order.amountMinor, order.currency)
  refuseCardNumber('description', order.description)
  return order
}

/** The payment that was opened with this key, if it was for the same request. */
async function knownBy(
  node: EngineNode,
  key: string,
  fingerprint: string,
): Promise<StoredPayment | undefined> {
  const known = await node.journal.findByKey(key)
  if (known !== undefined && known.payment.fingerprint !== fingerprint) {
    throw failure('CF_KEY_REUSED', 'this key opened a payment for another order or module')
  }
  return known
}

/** The same on the way out of a failure, which is the news if there is no such payment. */
async function knownQuietly(node: EngineNode, request: PayRequest): Promise<StoredPayment | undefined> {
  try {
    const known = await node.journal.findByKey(request.key)
    return known?.payment.fingerprint === fingerprintOf(request) ? known : undefined
  } catch (error) {
    node.log({ level: 'warn', message: `the payment of a key could not be looked up: ${reasonOf(error)}` })
    return begunHere(node, request)
  }
}

/** What was begun in this process, and may have been sent, is known without the journal. */
function begunHere(node: EngineNode, request: PayRequest): StoredPayment | undefined {
  const begun = node.begun.get(request.key)
  return begun?.payment.fingerprint === fingerprintOf(request) ? begun : undefined
}

/** A second payment on a held order gets the first one's page. */
async function holderOf(
  node: EngineNode,
  details: Readonly<Record<string, string>> | undefined,
): Promise<Readonly<Record<string, string>>> {
  const holder =
    details?.['paymentId'] === undefined ? undefined : await node.journal.read(details['paymentId'])
  if (holder === undefined) return details ?? {}
  return { ...details, statusUrl: resultOf(holder, node).statusUrl }
}
