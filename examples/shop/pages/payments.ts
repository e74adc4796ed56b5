import type { PaymentView } from 'counterfoil'
import type { FastifyRequest } from 'fastify'
import type { ShopContext } from '../context.ts'
import type { Append } from '../journal-types.ts'
import { moneyText } from '../money-text.ts'
import type { ShopOrder } from '../orders.ts'
import { randomId } from '../random-id.ts'
import type { LedgerAnswer } from '../simulator-link.ts'
import { askLedger, books } from './books.ts'
import { tokenField } from './form.ts'
import { type Html, html } from './html.ts'
import { timeline } from './timeline.ts'
import { pill } from './words.ts'

/** Tries of one order that are shown, the latest first. */
const PAYMENTS_SHOWN_MAX = 5

export interface PaymentPanels {
  readonly content: Html
  /** Changes with everything that is shown of the payments. */
  readonly seen: string
  /** Something is not at its end yet. */
  readonly underWay: boolean
}

interface Shown {
  readonly payment: PaymentView
  readonly appends: readonly Append[]
  readonly ledger: readonly LedgerAnswer[]
}

/** The payments of an order with their timelines, books and buttons. A journal that is away leaves the rest of the page. */
export async function paymentPanels(
  context: ShopContext,
  request: FastifyRequest,
  order: ShopOrder,
): Promise<PaymentPanels> {
  let shown: readonly Shown[]
  let unreadable: readonly string[]
  try {
    shown = await load(context, order)
    unreadable = await context.payments.unreadable({ orderId: order.id, limit: PAYMENTS_SHOWN_MAX })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return {
      underWay: true,
      seen: why,
      content: html`<h2>Payments</h2><p class="notice bad">The journal does not answer. What is written in it stays. (${why})</p>`,
    }
  }
  if (shown.length === 0 && unreadable.length === 0) {
    return {
      underWay: false,
      seen: 'none',
      content: html`<h2>Payments</h2><p class="empty">Nobody has tried to pay this order yet.</p>`,
    }
  }
  return {
    seen: shown.map(({ payment, ledger }) => `${payment.id} ${payment.version} ${seenOf(ledger)}`).join(),
    underWay: shown.some(({ payment }) => isUnderWay(payment)) || !isTold(order, shown[0]?.payment),
    content: html`${unreadable.map((id) => html`<p class="notice bad">A payment of this order cannot be read: ${id}. A person must look at it.</p>`)}${shown.map((each) => panel(context, request, order, each))}`,
  }
}

async function load({ payments, simulator }: ShopContext, { id }: ShopOrder): Promise<readonly Shown[]> {
  const views = await payments.list({ orderId: id, limit: PAYMENTS_SHOWN_MAX })
  return Promise.all(
    views.map(async (payment) => {
      const [appends, ledger] = await Promise.all([
        payments.history(payment.id),
        askLedger(simulator, payment),
      ])
      return { payment, appends, ledger }
    }),
  )
}

/** The simulator's ledger says what has happened at the provider; it may have news before our journal has. */
function seenOf(ledger: readonly LedgerAnswer[]): string {
  return ledger
    .map((answer) =>
      answer.kind === 'found' ? `${answer.order.entries.length}+${answer.order.pending}` : answer.kind,
    )
    .join('/')
}

function isUnderWay({ settled, operations }: PaymentView): boolean {
  return !settled || operations.some(({ state, inDoubt }) => inDoubt || state === 'intended')
}

/** Whether the shop has heard what its latest payment came to: it is told after the fact. */
function isTold({ status }: ShopOrder, latest: PaymentView | undefined): boolean {
  if (latest?.status === 'paid') return status === 'paid'
  return latest?.status === 'in-progress' || status !== 'in progress'
}

function panel(
  context: ShopContext,
  request: FastifyRequest,
  order: ShopOrder,
  { payment, appends, ledger }: Shown,
): Html {
  const { id, module, status, refusal, cases, maskedCard, currency, amountMinor } = payment
  return html`<article class="payment" aria-labelledby="payment-${id}">
<h2 id="payment-${id}">Payment by ${module} ${pill(status)}</h2>
<p class="empty">${moneyText(amountMinor, currency)}${maskedCard !== undefined && html`, ${maskedCard}`}</p>
${refusal !== undefined && html`<p class="notice">${refusal}</p>`}
${cases.map(({ text }) => html`<p class="notice bad">A person must look at this: ${text}</p>`)}
${books(payment, ledger)}
${buttons(context, request, order, payment)}
${timeline(id, appends, currency)}
</article>`
}

/** What can be done with the money of a payment now. */
function buttons(
  { secret }: ShopContext,
  request: FastifyRequest,
  { id: orderId }: ShopOrder,
  { id, status, balances, currency }: PaymentView,
): Html | undefined {
  if (status !== 'paid') return undefined
  const { authorizedMinor, capturedMinor, capturingMinor, refundedMinor, refundingMinor, voidedMinor } =
    balances
  const capturable = authorizedMinor - capturedMinor - capturingMinor - voidedMinor
  const refundable = capturedMinor + capturingMinor - refundedMinor - refundingMinor
  const button = (
    action: string,
    words: string,
  ): Html => html`<form method="post" action="/orders/${orderId}/money">
${tokenField(secret, request)}
<input type="hidden" name="payment" value="${id}"><input type="hidden" name="key" value="${randomId()}">
<button class="button small plain" name="do" value="${action}">${words}</button></form>`
  return html`<div class="actions">
${capturable > 0n && button('capture', `Dispatch: capture ${moneyText(capturable, currency)}`)}
${capturable > 0n && capturable === authorizedMinor - voidedMinor && button('void', 'Give it back: void')}
${refundable > 0n && button('refund', `Refund ${moneyText(refundable, currency)}`)}
</div>`
}
