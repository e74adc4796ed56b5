import type { Books, ShopOrder } from '../../demo/audit.ts'
import type { LedgerOrder } from '../../demo/shop-process.ts'
import type { Payment } from '../../src/payment/state.ts'
import { AMOUNT_MINOR, finding, Story } from '../../src/payment/story.test-data.ts'

export const ORDER_ID = 'o1'
export const EMAIL = 'jane@shop.example'

/** A sale that was approved; its order is ORDER_ID. */
export function paidPayment(): Payment {
  const story = new Story()
  story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
  return story.payment
}

/** A sale that the bank has refused. */
export function declinedPayment(): Payment {
  const story = new Story()
  story.conclude(story.charge.reference, finding('declined', 'answer', story.nowMs))
  return story.payment
}

/** What the provider has booked for a charge; `liveExecutions` of them stand. */
export function booked(payment: Payment, more: Partial<LedgerOrder> = {}): LedgerOrder {
  const minor = String(AMOUNT_MINOR)
  return {
    orderCode: payment.operations[0]?.reference ?? '',
    executions: 1,
    liveExecutions: 1,
    authorisedMinor: minor,
    capturedMinor: minor,
    liveMinor: minor,
    pending: 0,
    entries: [{ kind: 'authorised' }, { kind: 'captured' }],
    ...more,
  }
}

const order: ShopOrder = {
  id: ORDER_ID,
  status: 'paid',
  totalMinor: AMOUNT_MINOR,
  email: EMAIL,
  lines: [{ sku: 'teapot', quantity: 2 }],
}

/** Books of one paid order, in which everything agrees. */
export function goodBooks(): Books {
  const payment = paidPayment()
  return {
    payments: [payment],
    ledger: [booked(payment)],
    orders: [order],
    mailsTo: [EMAIL],
    shelves: [{ sku: 'teapot', before: 10, after: 8, reserved: 0 }],
    shown: new Map([[ORDER_ID, 'paid']]),
  }
}

/** The same order, declined: nothing was taken, told, sent or sold. */
export function unpaidBooks(): Books {
  const payment = declinedPayment()
  const refused = { liveExecutions: 0, authorisedMinor: '0', capturedMinor: '0', liveMinor: '0' }
  return {
    payments: [payment],
    ledger: [booked(payment, { ...refused, entries: [{ kind: 'refused' }] })],
    orders: [{ ...order, status: 'open' }],
    mailsTo: [],
    shelves: [{ sku: 'teapot', before: 10, after: 10, reserved: 0 }],
    shown: new Map([[ORDER_ID, 'unpaid']]),
  }
}
