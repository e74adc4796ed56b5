import type { Counterfoil, OperationView, PaymentView } from '../../engine/api.ts'
import type { Order } from '../../shop/order-book.ts'
import type { Case, OrderState, OrderWithPayments, Payment } from './schemas.ts'

type OrderRecord = Awaited<ReturnType<Counterfoil['order']>>
type OrderFields = Omit<OrderWithPayments, 'state' | 'payments'>

export function orderAnswer(order: Order, checkoutUrl: string): OrderFields {
  const { id, amountMinor, currency, description, lines, payer } = order
  return {
    id,
    amountMinor: exactNumber(amountMinor),
    currency,
    description,
    lines: lines.map(({ sku, name, quantity, amountMinor: ofLine }) => ({
      sku,
      name,
      quantity,
      amountMinor: exactNumber(ofLine),
    })),
    ...(payer !== undefined && { payer }),
    checkoutUrl,
  }
}

/** Who holds the order is one thing, what has become of the money another: `paid` is said of both together. */
export function orderState(record: OrderRecord, payments: readonly PaymentView[]): OrderState {
  switch (record.state) {
    case 'open':
    case 'closed':
      return record.state
    case 'held':
      return 'being-paid'
    case 'claimed': {
      const status = payments.find(({ id }) => id === record.paymentId)?.status
      return status === 'paid' || status === 'refunded' || status === 'disputed' ? status : 'being-paid'
    }
    default:
      return record.state satisfies never
  }
}

/** The payer's link to the payment is left out: whoever has it acts as the payer. */
export function paymentAnswer(view: PaymentView): Payment {
  const { id, orderId, module, amountMinor, currency, status, settled, balances } = view
  const { statusWord, refusal, maskedCard } = view
  return {
    id,
    orderId,
    module,
    amountMinor: exactNumber(amountMinor),
    currency,
    status,
    settled,
    ...(statusWord !== undefined && { statusWord }),
    ...(refusal !== undefined && { refusal }),
    ...(maskedCard !== undefined && { maskedCard }),
    balances: {
      authorizedMinor: exactNumber(balances.authorizedMinor),
      capturingMinor: exactNumber(balances.capturingMinor),
      capturedMinor: exactNumber(balances.capturedMinor),
      refundingMinor: exactNumber(balances.refundingMinor),
      refundedMinor: exactNumber(balances.refundedMinor),
      voidedMinor: exactNumber(balances.voidedMinor),
      chargedBackMinor: exactNumber(balances.chargedBackMinor),
    },
    operations: view.operations.map(operationAnswer),
    cases: view.cases.map(caseAnswer),
  }
}

/** A case as it stands with its payment. */
export function caseAnswer(one: PaymentView['cases'][number]): Case {
  const { caseId, reason, reference, text, atMs, proposal, closed } = one
  return {
    caseId,
    reason,
    ...(reference !== undefined && { reference }),
    text,
    openedAt: isoTime(atMs),
    ...(proposal !== undefined && {
      proposal: {
        action: proposal.action,
        by: proposal.by,
        why: proposal.why,
        ...amountField(proposal),
        at: isoTime(proposal.atMs),
      },
    }),
    ...(closed !== undefined && {
      closed: {
        action: closed.action,
        by: closed.by,
        why: closed.why,
        ...(closed.approvedBy !== undefined && { approvedBy: closed.approvedBy }),
        ...(closed.approvedWhy !== undefined && { approvedWhy: closed.approvedWhy }),
        ...amountField(closed),
        ...(closed.reference !== undefined && { reference: closed.reference }),
        at: isoTime(closed.atMs),
      },
    }),
  }
}

export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString()
}

/** Of what has an amount. */
export function amountField({ amountMinor }: { readonly amountMinor?: bigint }): { amountMinor?: number } {
  return amountMinor === undefined ? {} : { amountMinor: exactNumber(amountMinor) }
}

function operationAnswer(view: OperationView): Payment['operations'][number] {
  const { reference, kind, state, inDoubt, amountMinor, currency, intendedAtMs, code, text } = view
  return {
    reference,
    kind,
    state,
    inDoubt,
    amountMinor: exactNumber(amountMinor),
    currency,
    intendedAt: new Date(intendedAtMs).toISOString(),
    ...(code !== undefined && { code }),
    ...(text !== undefined && { text }),
  }
}

/** Amounts are at most 10^15, which every parser of JSON reads exactly. */
export function exactNumber(amountMinor: bigint): number {
  const number = Number(amountMinor)
  if (!Number.isSafeInteger(number)) throw new Error('an amount is too large for a number')
  return number
}
