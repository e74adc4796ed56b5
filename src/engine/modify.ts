import { failure } from '../errors.ts'
import type { OperationKind } from '../payment/events.ts'
import { intendOperation } from '../payment/intend.ts'
import { closeOrderRecord } from '../payment/open.ts'
import { type OrderRecord, openOrder } from '../payment/order.ts'
import type { Operation, Payment } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { ModificationRequest, ModificationResult } from './api.ts'
import { beside, keepBusy } from './beside.ts'
import { commit, load, type Session } from './commit.ts'
import { withConsequences } from './consequences.ts'
import { circumstances, type EngineNode, takenBy } from './node.ts'
import { deliver } from './outbox.ts'
import { checkKey, refuseCardNumber } from './pay.ts'
import { NOBODY } from './presence.ts'
import { sendAll } from './resolve.ts'
import { operationView, viewOf } from './views.ts'

const CONFLICTS_MAX = 5

/**
 * A capture, refund, void or reversal for a caller: written down, sent once, answered. The same key answers with the
 * same operation, also after a restart; nothing of it is ever sent twice.
 */
export async function modify(
  node: EngineNode,
  kind: Exclude<OperationKind, 'sale' | 'authorize'>,
  request: ModificationRequest,
): Promise<ModificationResult> {
  checkKey(request.key)
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    const session = await load(node, request.paymentId)
    if (session === undefined) throw failure('CF_PAYMENT_UNKNOWN', `there is no payment ${request.paymentId}`)
    const known = knownBy(session.payment, kind, request)
    if (known !== undefined) return result(node, session, known.reference)
    const intended = await intend(node, kind, request, session)
    if (intended !== undefined) return send(node, intended)
  }
  throw failure(
    'CF_JOURNAL_CONFLICT',
    `payment ${request.paymentId} changed ${CONFLICTS_MAX} times meanwhile`,
  )
}

interface Intended {
  readonly session: Session
  readonly module: PaymentModule
  readonly reference: string
}

/** Its commit A; undefined when somebody else wrote meanwhile. The one who modifies owns the payment from then on. */
async function intend(
  node: EngineNode,
  kind: OperationKind,
  request: ModificationRequest,
  session: Session,
): Promise<Intended | undefined> {
  const { payment } = session
  const module = node.modules.get(payment.module)
  if (module === undefined)
    throw failure('CF_MODULE_UNKNOWN', `payment ${payment.paymentId} is of the module '${payment.module}'`)
  const { gateway } = module
  if (gateway.operations[kind] === undefined) {
    throw failure(
      'CF_NOT_SUPPORTED',
      `'${gateway.name}' has no ${kind}; it has ${Object.keys(gateway.operations).join(', ')}`,
    )
  }
  const now = circumstances(node, module, session.order)
  const decision = intendOperation(
    payment,
    {
      kind,
      amountMinor: request.amountMinor,
      reference: now.freshReference,
      gateway: gateway.name,
      account: gateway.account,
      key: request.key,
    },
    now,
  )
  if (decision.kind === 'refused') throw failure(decision.code, decision.text, decision.details)
  const list = withConsequences(module, payment, [...takenBy(node, payment), ...decision.events], now)
  const committed = await commit(node, session, list, decision.order)
  if (committed.kind === 'conflict') return undefined
  return { session: committed.session, module, reference: now.freshReference }
}

/** What was written down is sent and answered beside the caller's wait. */
async function send(node: EngineNode, { session, module, reference }: Intended): Promise<ModificationResult> {
  const latest = await beside(
    node,
    session,
    node.limits.answerWithinMs + node.limits.sendWithinMs,
    async (answer) => {
      const sent = await sendAll(node, module, { session, toSend: [reference] }, NOBODY)
      answer(sent)
      await deliver(node, module, sent)
    },
    keepBusy(node, session.payment.paymentId),
  )
  return result(node, latest, reference)
}

function knownBy(payment: Payment, kind: OperationKind, request: ModificationRequest): Operation | undefined {
  const known = payment.operations.find((operation) => operation.key === request.key)
  if (known === undefined) return undefined
  const other =
    known.kind !== kind || (request.amountMinor !== undefined && request.amountMinor !== known.amountMinor)
  if (other) throw failure('CF_KEY_REUSED', `this key stands for a ${known.kind} of ${known.amountMinor}`)
  return known
}

function result(node: EngineNode, session: Session, reference: string): ModificationResult {
  const operation = session.payment.operations.find((other) => other.reference === reference)
  if (operation === undefined) throw new Error(`operation ${reference} is not in its payment`)
  return { payment: viewOf(session, node), operation: operationView(operation) }
}

/** Closes an order for good. A payment that is under way and turns out approved is reversed (F17). */
export async function closeOrder(node: EngineNode, orderId: string): Promise<OrderRecord> {
  refuseCardNumber('orderId', orderId)
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    const record = (await node.journal.order(orderId)) ?? openOrder(orderId)
    const decision = closeOrderRecord(record)
    if (decision.kind === 'refused') throw failure(decision.code, decision.text, decision.details)
    if (decision.order === undefined) return record
    const { order } = decision
    const verdict = await node.journal.append({ order: { expectedRevision: record.revision, record: order } })
    if (verdict.kind === 'committed') return order
  }
  throw failure('CF_JOURNAL_CONFLICT', `order ${orderId} changed ${CONFLICTS_MAX} times meanwhile`)
}
