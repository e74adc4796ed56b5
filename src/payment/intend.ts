import { baselineOf, refundableMinor, uncapturedMinor } from './balances.ts'
import { type Circumstances, type Decision, events, refusal } from './decision.ts'
import type { IntendedOperation, OperationKind } from './events.ts'
import { isEnd } from './operation-states.ts'
import { chargeOf, type Operation, type Payment } from './state.ts'
import { isReversed, unresolvedModification } from './status.ts'

export interface IntendCommand {
  readonly kind: OperationKind
  /** Undefined: all there is. */
  readonly amountMinor: bigint | undefined
  readonly reference: string
  readonly gateway: string
  readonly account: string
  readonly key?: string
  readonly step?: string
  /** For a registration: how long the PSP's page takes payments. */
  readonly payableForMs?: number
}

/** Writes an operation down, or says what stands in its way. Sums never exceed what is there (F19, S7). */
export function intendOperation(payment: Payment, command: IntendCommand, now: Circumstances): Decision {
  const charge = chargeOf(payment)
  if (command.kind === 'sale' || command.kind === 'authorize') {
    if (charge !== undefined) return refusal('CF_PAYMENT_STATE', 'this payment has a charge already')
    return write(payment, command, command.amountMinor ?? payment.amountMinor, undefined, now)
  }
  const busy = unresolvedModification(payment)
  if (busy !== undefined) {
    return refusal(
      'CF_PAYMENT_STATE',
      `its ${busy.kind} of ${busy.amountMinor} is not resolved yet; try again once it is`,
    )
  }
  if (charge === undefined) return refusal('CF_PAYMENT_STATE', 'nothing was charged yet')
  return command.kind === 'reversal'
    ? intendReversal(payment, charge, command, now)
    : intendModification(payment, charge, command, now)
}

function intendModification(
  payment: Payment,
  charge: Operation,
  command: IntendCommand,
  now: Circumstances,
): Decision {
  if (charge.state !== 'approved') {
    return refusal('CF_PAYMENT_STATE', `its ${charge.kind} is '${charge.state}', not approved`)
  }
  // Where two payments of an order may be authorized for a while, one alone may take money (S1).
  const claims = now.order.state === 'claimed' && now.order.paymentId === payment.paymentId
  if (command.kind === 'capture' && !claims) {
    return refusal('CF_PAYMENT_STATE', `order ${payment.orderId} is not this payment's`)
  }
  const there =
    command.kind === 'refund' ? refundableMinor(payment.balances) : uncapturedMinor(payment.balances)
  const what = command.kind === 'refund' ? 'captured and not refunded' : 'authorized and not captured'
  const amountMinor = command.amountMinor ?? there
  if (there <= 0n) return refusal('CF_PAYMENT_STATE', `nothing of it is ${what}`)
  if (amountMinor <= 0n || amountMinor > there) {
    return refusal(
      'CF_AMOUNT_EXCEEDED',
      `${amountMinor} was asked for; from 1 to ${there} minor units are ${what}`,
    )
  }
  return write(payment, command, amountMinor, charge, now)
}

/** A reversal also settles doubt, so that it may meet its target in any state in which money may be live. */
function intendReversal(
  payment: Payment,
  charge: Operation,
  command: IntendCommand,
  now: Circumstances,
): Decision {
  const live = !isEnd(charge.state) || charge.state === 'approved' || charge.state === 'mismatch'
  if (!live || isReversed(payment, charge) || payment.status === 'refunded') {
    return refusal('CF_PAYMENT_STATE', `nothing of it is live: its ${charge.kind} is '${charge.state}'`)
  }
  return write(payment, command, charge.amountMinor, charge, now)
}

function write(
  payment: Payment,
  command: IntendCommand,
  amountMinor: bigint,
  target: Operation | undefined,
  now: Circumstances,
): Decision {
  const operation: IntendedOperation = {
    reference: command.reference,
    kind: command.kind,
    amountMinor,
    currency: payment.currency,
    orderVersion: payment.orderVersion,
    gateway: command.gateway,
    account: command.account,
    ...(target === undefined ? {} : { target: target.reference, baseline: baselineOf(payment.balances) }),
    ...(command.key === undefined ? {} : { key: command.key }),
    ...(command.step === undefined ? {} : { step: command.step }),
    ...(command.payableForMs === undefined ? {} : { payableForMs: command.payableForMs }),
    intendedAtMs: now.nowMs,
    sendDeadlineMs: now.sendDeadlineMs,
    dueAtMs: now.dueAtMs,
  }
  return events([{ type: 'operation-intended', operation }])
}

/** The reversal that the engine itself writes down, of an approval that it may not keep. */
export function reversalOf(operation: Operation, now: Circumstances): IntendedOperation {
  return {
    reference: now.freshReference,
    kind: 'reversal',
    amountMinor: operation.amountMinor,
    currency: operation.currency,
    orderVersion: operation.orderVersion,
    gateway: operation.gateway,
    account: operation.account,
    target: operation.reference,
    intendedAtMs: now.nowMs,
    sendDeadlineMs: now.sendDeadlineMs,
    dueAtMs: now.dueAtMs,
  }
}
