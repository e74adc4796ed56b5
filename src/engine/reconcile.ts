import { failure, reasonOf } from '../errors.ts'
import { maskCardNumbers } from '../gateway/card.ts'
import type { Payment } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import { EMPTY_BOOK, readBook } from '../settlement/account-book.ts'
import { type Compared, compareSettlement, type LineVerdict } from '../settlement/compare.ts'
import { addTotals, ledgerTotals, type LedgerTotal, settledRecord } from '../settlement/ledger.ts'
import { SETTLEMENT_LINES_MAX, type SettlementLine } from '../settlement/line.ts'
import { inWords } from '../settlement/weighed.ts'
import { newId } from '../world.ts'
import type { ReconciledBatch, ReconciledLine, ReconcileRequest } from './reconciliation.ts'
import { keepBusy } from './beside.ts'
import { beforeNextTry, COMMIT_TRIES_MAX, commit, load, type Session } from './commit.ts'
import { withConsequences } from './consequences.ts'
import { circumstances, eachOf, type EngineNode, track } from './node.ts'
import { deliver } from './outbox.ts'
import { accountsOf, isOfAccounts, type ReportedAccounts } from './settlement-accounts.ts'

/** Payments that are compared at once: the journal has payers to serve as well. */
const RECONCILED_AT_ONCE = 8
const REPORT_CHARACTERS_MAX = 100

/**
 * Compares some lines of a settlement report with the payments that they are about. What a line comes to is written
 * down with it, so that the same lines again, after a crash or from an overlapping report, come to the same and
 * write nothing.
 */
export async function reconcile(node: EngineNode, request: ReconcileRequest): Promise<ReconciledBatch> {
  const { gateway, account, lines } = request
  if (lines.length === 0 || lines.length > SETTLEMENT_LINES_MAX) {
    throw failure('CF_QUERY', `lines: ${lines.length}; 1 to ${SETTLEMENT_LINES_MAX} are compared at once`)
  }
  const accounts = accountsOf(node, gateway, account, false)
  const report = checkedReport(request.report)
  const groups = new Map<string, SettlementLine[]>()
  const answers = new Map<SettlementLine, ReconciledLine>()
  await eachOf(lines, RECONCILED_AT_ONCE, async (line) => {
    const paymentId = await paymentFor(node, line, accounts)
    if (paymentId === undefined) answers.set(line, aboutNoPayment(line))
    else groups.set(paymentId, [...(groups.get(paymentId) ?? []), line])
  })
  await eachOf([...groups], RECONCILED_AT_ONCE, async ([paymentId, group]) => {
    // Found in whatever order, compared in the report's.
    const ordered = group.toSorted((one, other) => one.lineNumber - other.lineNumber)
    const found = await settle(node, paymentId, ordered, gateway, report)
    for (const [index, line] of ordered.entries()) {
      const verdict = found.lines[index]
      if (verdict !== undefined) answers.set(line, answerOf(verdict, found.payment))
    }
  })
  return {
    lines: lines.flatMap((line) => answers.get(line) ?? []),
    totals: totalsOf(lines, answers),
  }
}

/** The name of a report is written down with each of its lines. */
function checkedReport(report: string): string {
  const isName = report.length >= 1 && report.length <= REPORT_CHARACTERS_MAX && !/\p{Cc}/u.test(report)
  if (isName && maskCardNumbers(report) === report) return report
  throw failure(
    'CF_QUERY',
    `report: a name of 1 to ${REPORT_CHARACTERS_MAX} printable characters, in which no card number stands`,
  )
}

async function paymentFor(
  node: EngineNode,
  { reference, modification }: SettlementLine,
  accounts: ReportedAccounts,
): Promise<string | undefined> {
  if (reference === '') return undefined
  const stored =
    (await node.journal.findByReference(reference)) ??
    (modification === undefined ? undefined : await node.journal.findByReference(modification))
  return stored !== undefined && isOfAccounts(stored.payment, accounts) ? stored.payment.paymentId : undefined
}

/** No payment can have its case: it is told each time that it is met. */
function aboutNoPayment(line: SettlementLine): ReconciledLine {
  const { lineNumber, reference } = line
  if (reference === '') return { lineNumber, outcome: 'account-fee', repeated: false }
  const text = `${inWords(line)}: no payment of this account has the reference ${maskCardNumbers(reference)}`
  return { lineNumber, outcome: 'no-payment', repeated: false, text }
}

function answerOf(verdict: LineVerdict, { paymentId, orderId }: Payment): ReconciledLine {
  const { lineNumber, repeated, caseReason, text } = verdict
  return {
    lineNumber,
    outcome: verdict.verdict,
    repeated,
    paymentId,
    orderId,
    ...(caseReason === undefined ? {} : { caseReason }),
    ...(text === undefined ? {} : { text }),
  }
}

interface Settled {
  readonly payment: Payment
  readonly lines: readonly LineVerdict[]
}

/** One payment's lines in one append, weighed again when somebody else wrote meanwhile. */
async function settle(
  node: EngineNode,
  paymentId: string,
  lines: readonly SettlementLine[],
  provider: string,
  report: string,
): Promise<Settled> {
  for (let tries = 0; tries < COMMIT_TRIES_MAX; tries++) {
    const read = await readWhole(node, paymentId)
    if (read === undefined) continue
    const { session, book } = read
    const { payment } = session
    const comparing = {
      provider,
      report,
      nowMs: node.world.nowMs(),
      freshId: () => newId(node.world),
      scrub: maskCardNumbers,
    }
    const known = lines.map((line) => ofOurs(payment, line))
    const compared = compareSettlement(payment, book, known, comparing)
    if (compared.events.length === 0) return { payment, lines: compared.lines }
    try {
      const committed = await write(node, session, compared)
      if (committed !== undefined) return { payment: committed, lines: compared.lines }
    } catch (error) {
      // It may have been written: then the next look finds its lines (F8).
      await beforeNextTry(node, tries, error)
    }
  }
  throw failure('CF_JOURNAL_CONFLICT', `payment ${paymentId} was written by others ${COMMIT_TRIES_MAX} times`)
}

/** A payment with what its state does not keep; undefined when it was written between the two looks. */
export async function readWhole(node: EngineNode, paymentId: string) {
  const session = await load(node, paymentId)
  if (session === undefined) return undefined
  const history = await node.journal.history(paymentId)
  if (history.at(-1)?.version !== session.version) return undefined
  let book = EMPTY_BOOK
  for (const { events } of history) book = readBook(book, events)
  return { session, book, history }
}

/** A line may name the charge by a number of somebody else's, and only its modification by ours. */
function ofOurs({ operations }: Payment, line: SettlementLine): SettlementLine {
  const { modification = '' } = line
  const isOurs = operations.some(({ reference }) => reference === line.reference)
  return isOurs ? line : { ...line, reference: modification }
}

/** The payment after it; undefined when somebody else was faster. */
async function write(node: EngineNode, session: Session, { events }: Compared): Promise<Payment | undefined> {
  const { payment } = session
  const module = node.modules.get(payment.module)
  const moves = events.some(({ type }) => type === 'fact-recorded')
  // Another version may know the module (F25): until it looks, nobody could tell what follows from a fact.
  if (moves && module === undefined) {
    throw failure('CF_MODULE_UNKNOWN', `'${payment.module}' of payment ${payment.paymentId}`)
  }
  const list =
    module === undefined
      ? events
      : withConsequences(module, payment, events, circumstances(node, module, session.order))
  const committed = await commit(node, session, list, undefined)
  if (committed.kind === 'conflict') return undefined
  node.resting.delete(payment.paymentId)
  if (moves && module !== undefined) track(node, payment.paymentId, tell(node, module, committed.session))
  return committed.session.payment
}

/** The shop hears at once what the report has told. */
async function tell(node: EngineNode, module: PaymentModule, session: Session): Promise<void> {
  const { paymentId } = session.payment
  const release = keepBusy(node, paymentId)
  try {
    await deliver(node, module, session)
  } catch (error) {
    node.log({ level: 'error', message: `left to recovery: ${reasonOf(error)}`, paymentId })
  } finally {
    release()
  }
}

/** What the report pays out by these lines: `bank` is what must be on the shop's bank statement. */
function totalsOf(
  lines: readonly SettlementLine[],
  answers: ReadonlyMap<SettlementLine, ReconciledLine>,
): readonly LedgerTotal[] {
  const records = lines.map((line) => {
    const isKnown = answers.get(line)?.outcome !== 'no-payment'
    return settledRecord(line, isKnown ? 'receivable' : 'suspense')
  })
  return addTotals([], ledgerTotals(records))
}
