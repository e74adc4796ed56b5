import type { ColumnMapping } from '../../settlement/columns.ts'

/**
 * The layout that is taken for Worldpay's settlement report where none is given, and that the simulator writes. Layouts
 * differ from one merchant to the next, by what was agreed on: another one is a file of its own.
 */
export const worldpaySettlement: ColumnMapping = Object.freeze({
  columns: {
    reference: 'Order Code',
    modification: 'Reference',
    kind: 'Event',
    amount: 'Amount',
    currency: 'Currency',
    date: 'Event Date',
    fee: 'Commission',
    net: 'Net Amount',
    pspReference: 'Transaction Id',
  },
  kinds: {
    CAPTURED: 'captured',
    SETTLED: 'captured',
    CAPTURE_REVERSED: 'capture-reversed',
    REFUNDED: 'refunded',
    REFUND_REVERSED: 'refund-reversed',
    CHARGED_BACK: 'charged-back',
    CHARGEBACK_REVERSED: 'chargeback-reversed',
    FEE: 'fee',
    AUTHORISED: 'ignore',
    CANCELLED: 'ignore',
    EXPIRED: 'ignore',
    REFUSED: 'ignore',
  },
  dateFormat: 'iso',
  amountSigns: 'signed',
  feeSigns: 'cost',
} satisfies ColumnMapping)
