export { checkedColumns, type ColumnMapping, type ReportColumns } from './columns.ts'
export { readReport } from './csv.ts'
export {
  addTotals,
  type LedgerAccount,
  type LedgerEntry,
  ledgerOf,
  type LedgerRecord,
  type LedgerTotal,
  ledgerTotals,
  type PaymentLedger,
  type SettledMoney,
  settledRecord,
  type TimedEvents,
} from './ledger.ts'
export { type SettlementKind, type SettlementLine, SETTLEMENT_LINES_MAX } from './line.ts'
export type { BadLine, ReadLine } from './record.ts'
