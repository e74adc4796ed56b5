import type { CaseReason } from '../payment/events.ts'
import type { LedgerTotal, PaymentLedger } from '../settlement/ledger.ts'
import type { SettlementLine, SettlementVerdict } from '../settlement/line.ts'

export type {
  LedgerAccount,
  LedgerEntry,
  LedgerRecord,
  LedgerTotal,
  PaymentLedger,
} from '../settlement/ledger.ts'
export type { SettlementKind, SettlementLine, SettlementVerdict } from '../settlement/line.ts'

/** Lines of one settlement report. */
export interface ReconcileRequest {
  /** Whose report it is: a provider's name, such as 'worldpay'. */
  readonly gateway: string
  /** The merchant account. Default: all accounts of the provider. */
  readonly account?: string
  /** The name of the report, for people: 1 to 100 characters. */
  readonly report: string
  /** 1 to 500. */
  readonly lines: readonly SettlementLine[]
}

/** What one line of a report has come to. */
export interface ReconciledLine {
  readonly lineNumber: number
  /** `no-payment`: nobody here has its reference. `account-fee`: what the provider keeps, about no payment. */
  readonly outcome: SettlementVerdict | 'no-payment' | 'account-fee'
  /** It was compared before, and nothing was written. */
  readonly repeated: boolean
  readonly paymentId?: string
  readonly orderId?: string
  /** Of the case that it has opened now. */
  readonly caseReason?: CaseReason
  /** One sentence for a person, where there is something to say. */
  readonly text?: string
}

export interface ReconciledBatch {
  /** In the order of the request. */
  readonly lines: readonly ReconciledLine[]
  /** What these lines pay out: `bank` less everything else is zero. */
  readonly totals: readonly LedgerTotal[]
}

/** The end of a period: everything before it is in a report, but for what the provider's delay leaves open. */
export interface CloseSettlementRequest {
  readonly gateway: string
  /** The merchant account: a must where the provider has several. */
  readonly account?: string
  /** In milliseconds since 1970; not in the future. */
  readonly untilMs: number
  /** Payments that were opened before are not looked at. Default: 60 days before `untilMs`. */
  readonly sinceMs?: number
  /** Where to go on: `next` of the page before. */
  readonly before?: string
  /** Payments of one page: 1 to 500. Default: 500. */
  readonly limit?: number
}

/** Something that should be in a report and is in none. */
export interface MissingSettlement {
  readonly paymentId: string
  readonly orderId: string
  readonly reference: string
  readonly text: string
}

export interface ClosedPage {
  /** Payments that were looked at. */
  readonly looked: number
  readonly missing: readonly MissingSettlement[]
  /** Of the ledgers of these payments: `receivable` is what the provider has still to pay out. */
  readonly totals: readonly LedgerTotal[]
  /** The ids of payments that cannot be read, if there are any: nobody knows what of them is missing. */
  readonly unreadable?: readonly string[]
  /** Where the next page begins; absent at the end. */
  readonly next?: string
}

/** What is paid out compared with what is written down: a part of the engine. */
export interface Reconciliation {
  /**
   * Compares lines of a provider's settlement report with the payments that they are about; what differs becomes a
   * case. The same lines again come to the same and write nothing.
   *
   * @throws CF_QUERY, CF_JOURNAL_CONFLICT, CF_MODULE_UNKNOWN, or another CF_JOURNAL_ error: compare them again.
   */
  reconcile(request: ReconcileRequest): Promise<ReconciledBatch>
  /**
   * Closes a period page by page: what should be in a report by then and is in none becomes a case, once.
   *
   * @throws CF_QUERY, or a CF_JOURNAL_ error: close the page again.
   */
  closeSettlement(request: CloseSettlementRequest): Promise<ClosedPage>
  /** The double entry of one payment. */
  ledger(paymentId: string): Promise<PaymentLedger | undefined>
}
