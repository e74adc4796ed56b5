import type { PayerPage, ReturnDoor } from '../gateway/gateway.ts'
import { caseText } from '../payment/case-text.ts'
import { operationStates } from '../payment/operation-states.ts'
import { awaitsPayer, chargeOf, type Operation, type Payment } from '../payment/state.ts'
import { isSettled } from '../payment/status.ts'
import type { StoredPayment } from '../journal/journal.ts'
import { newToken } from '../world.ts'
import type { Next, OperationView, PaymentResult, PaymentView } from './api.ts'
import type { EngineNode } from './node.ts'

/** What it takes to show a payment: where the pages are, and how its module calls things. */
type Viewing = Pick<EngineNode, 'publicUrl' | 'modules'>

/** A payment as it may be shown. */
export function viewOf({ payment, version }: StoredPayment, { publicUrl, modules }: Viewing): PaymentView {
  const page = payment.values['page']
  return {
    id: payment.paymentId,
    version,
    orderId: payment.orderId,
    description: payment.description,
    module: payment.module,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    status: payment.status,
    statusWord: modules.get(payment.module)?.words.shown?.[payment.status],
    settled: isSettled(payment) && !isBeingUndone(payment),
    refusal: payment.refusal,
    page: typeof page === 'string' ? page : undefined,
    payerTask: payerTaskOf(payment),
    maskedCard: payment.operations.findLast((operation) => operation.evidence?.maskedCard !== undefined)
      ?.evidence?.maskedCard,
    balances: payment.balances,
    operations: payment.operations.map(operationView),
    cases: payment.cases.map((one) => ({ ...one, text: caseText(one) })),
    statusUrl: `${publicUrl}/payments/${linkOf(payment)}`,
  }
}

/** The charge whose payer has something to do at the PSP. */
function waitingCharge(payment: Payment): Operation | undefined {
  const charge = chargeOf(payment)
  if (charge === undefined || charge.handedOver === undefined || charge.frozenBy !== undefined)
    return undefined
  return charge.state === 'challenged' || awaitsPayer(charge) ? charge : undefined
}

function payerTaskOf(payment: Payment): PaymentView['payerTask'] {
  const charge = waitingCharge(payment)
  if (charge?.handedOver === undefined) return undefined
  return {
    kind: charge.state === 'challenged' ? 'challenge' : 'hosted-page',
    untilMs: charge.handedOver.untilMs,
    refusedOnce: charge.refusedAttempts > 0,
  }
}

/** Where the payer's browser goes now, as the gateway says; undefined when nothing is to be done at the PSP any more. */
export function payerPageOf(
  node: Pick<EngineNode, 'publicUrl' | 'modules' | 'world'>,
  payment: Payment,
): PayerPage | undefined {
  const charge = waitingCharge(payment)
  const nowMs = node.world.nowMs()
  if (charge?.handedOver === undefined || nowMs >= charge.handedOver.untilMs) return undefined
  const { data, returnToken } = charge.handedOver
  return node.modules.get(payment.module)?.gateway.payerPage?.(data, {
    reference: charge.reference,
    returnUrls: returnUrlsOf(node.publicUrl, payment, returnToken),
    fresh: { nowMs, nonce: newToken(node.world) },
  })
}

function returnUrlsOf(
  publicUrl: string,
  payment: Payment,
  returnToken: string,
): Readonly<Record<ReturnDoor, string>> {
  const door = (name: ReturnDoor): string => `${publicUrl}/payments/${linkOf(payment)}/return/${name}`
  return {
    success: door('success'),
    failure: door('failure'),
    pending: door('pending'),
    cancel: door('cancel'),
    error: door('error'),
    challenge: `${door('challenge')}/${returnToken}`,
  }
}

/** It ended unpaid and was found live after all: until the reversal is done nobody may be told "not charged". */
function isBeingUndone({ status, operations }: Payment): boolean {
  const unpaid = status === 'declined' || status === 'cancelled'
  return unpaid && operations.some(({ kind, state }) => kind === 'reversal' && !operationStates[state].end)
}

export function operationView(operation: Operation): OperationView {
  const { reference, kind, state, amountMinor, currency, intendedAtMs, evidence } = operation
  return {
    reference,
    kind,
    state,
    inDoubt: operation.inDoubtSinceMs !== undefined && !operationStates[state].end,
    amountMinor,
    currency,
    intendedAtMs,
    code: evidence?.code,
    text: evidence?.text,
  }
}

/** The payer's link: the id finds the payment, the token of 128 random bits opens it. */
export function linkOf(payment: Pick<Payment, 'paymentId' | 'token'>): string {
  return `${payment.paymentId}.${payment.token}`
}

/** Where the payer goes next. */
export function resultOf(
  stored: StoredPayment,
  node: Pick<EngineNode, 'publicUrl' | 'modules' | 'world'>,
): PaymentResult {
  const view = viewOf(stored, node)
  return { ...view, next: nextOf(view, payerPageOf(node, stored.payment)) }
}

function nextOf({ settled, status, statusUrl }: PaymentView, page: PayerPage | undefined): Next {
  if (settled) return { kind: 'done', status, statusUrl }
  if (page === undefined) return { kind: 'wait', statusUrl }
  const { method, url, fields, framed } = page
  if (method === 'GET' && !framed) return { kind: 'redirect', url, statusUrl }
  return { kind: 'post-form', url, fields, framed, statusUrl }
}
