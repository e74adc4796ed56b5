import type { ClosedPage, ReconciledBatch } from '../../src/engine/api.ts'
import type { StoredAppend } from '../../src/journal/journal.ts'
import { isCharge, type Operation, type Payment } from '../../src/payment/state.ts'
import { ledgerOf, type LedgerEntry, ledgerTotals } from '../../src/settlement/ledger.ts'
import type { SettlementLine } from '../../src/settlement/line.ts'
import type { LedgerEntry as Booking, WorldpayState } from '../../src/simulators/worldpay/index.ts'
import { type Books, isDoubtful } from './books.ts'
import { Violation } from './invariant.ts'

const DAY_MS = 86_400_000
/** What the PSP takes to report something: what is missing for longer is a case. */
const DELAY_MS = 4 * DAY_MS

/** What of the PSP's books its reports have. */
const REPORTED: ReadonlySet<Booking['kind']> = new Set([
  'captured',
  'capture-undone',
  'refunded',
  'charged-back',
  'chargeback-reversed',
])

/** What they leave out: no money was moved by it. */
const UNREPORTED: ReadonlySet<Booking['kind']> = new Set([
  'cancelled',
  'expired',
  'capture-failed',
  'refund-failed',
])

/** Outcomes that nobody needs to look at. */
const QUIET: ReadonlySet<string> = new Set(['agrees', 'learned', 'account-fee'])

/**
 * What the comparison of reports must come to: what agrees is no case, what differs is one, once; and the double entry
 * sums to zero, with nothing left to be paid out where everything was.
 */
export class SettlementChecks {
  readonly #books: Books
  readonly #psp: WorldpayState
  /** Lines that were compared for certain, by the names of their bookings. */
  readonly #compared = new Set<string>()

  constructor(books: Books, psp: WorldpayState) {
    this.#books = books
    this.#psp = psp
  }

  /** `isAgain`: its lines were compared before. */
  checkBatch(
    lines: readonly SettlementLine[],
    { lines: answers, totals }: ReconciledBatch,
    isAgain: boolean,
  ): void {
    checkZero(totals, 'what a report pays out')
    for (const [index, line] of lines.entries()) {
      const answer = answers[index]
      const told = this.#psp.reports.told[nameOf(line)]
      const about = `line ${line.lineNumber}, ${line.kind} ${line.reference},`
      this.#compared.add(nameOf(line))
      if (line.reference.startsWith('NOBODYS-')) {
        if (answer?.outcome !== 'no-payment') throw new Violation('L1', `${about} is '${answer?.outcome}'`)
        continue
      }
      if (answer?.lineNumber !== line.lineNumber || answer.outcome === 'no-payment') {
        throw new Violation('L1', `${about} is about no payment`)
      }
      if (isAgain && !answer.repeated) throw new Violation('L1', `${about} was compared, and is again`)
      const payment = this.#books.paymentOf(line.reference)
      if (payment === undefined || this.#isExcused(payment)) continue
      const isWrong = told === 'report-amount-wrong' || (told === 'report-line-twice' && line.occurrence > 1)
      if (isWrong !== !QUIET.has(answer.outcome)) {
        throw new Violation(
          'L1',
          `${about} is ${isWrong ? '' : 'not '}wrong, and comes to '${answer.outcome}'`,
        )
      }
    }
  }

  /** The period is closed, after all that there is was compared. */
  checkClosed({ missing, totals }: ClosedPage): void {
    checkZero(totals, 'the ledger of a period')
    const left = new Set(missing.map(({ reference }) => reference))
    for (const { payment } of this.#books.payments.values()) {
      if (this.#isExcused(payment)) continue
      for (const operation of payment.operations) {
        const { reference, movedAtMs } = operation
        const isMissing = this.#leftOut(operation)
        if (left.has(reference) && !isMissing) {
          throw new Violation('L1', `${operation.kind} ${reference} was reported, and is called missing`)
        }
        const isDue = movedAtMs < this.#books.scheduler.nowMs - DELAY_MS
        if (isMissing && isDue && !left.has(reference)) {
          throw new Violation('L1', `${operation.kind} ${reference} is in no report, and nobody says so`)
        }
      }
    }
  }

  checkEnd(): void {
    for (const { payment, history } of this.#books.payments.values()) {
      const { records, totals } = ledgerOf(history)
      for (const record of records)
        checkZero(ledgerTotals([record]), `${record.what} of ${payment.paymentId}`)
      checkZero(totals, `the ledger of ${payment.paymentId}`)
      this.#checkCases(payment, history)
      const due = totals.find(({ account }) => account === 'receivable')?.amountMinor ?? 0n
      if (due !== 0n && this.#isReported(payment) && !isDoubtful(payment) && payment.cases.length === 0) {
        throw new Violation('L1', `all of ${payment.paymentId} was reported, and ${due} are still due`)
      }
    }
  }

  /** Each line that differs is a case of its own, and what is missing is one, once. */
  #checkCases({ paymentId, cases }: Payment, history: readonly StoredAppend[]): void {
    const differing = cases.filter(({ reason }) => reason === 'settlement-differs')
    const lines = history
      .flatMap(({ events }) => events)
      .filter(
        (event) => event.type === 'settled' && (event.verdict === 'differs' || event.verdict === 'twice'),
      )
    const texts = new Set(differing.map(({ text }) => text))
    if (lines.length > differing.length || texts.size < differing.length) {
      throw new Violation('L1', `${lines.length} lines of ${paymentId} differ: ${[...texts].join('; ')}`)
    }
    const missing = cases.filter(({ reason }) => reason === 'settlement-missing')
    if (new Set(missing.map(({ reference, text }) => `${reference} ${text}`)).size < missing.length) {
      throw new Violation('L1', `one thing that is missing of ${paymentId} is more than one case`)
    }
  }

  /** Nobody here can know better: somebody else changed it, a word got lost, or it is in doubt; or it was undone, so that any amount fits. */
  #isExcused(payment: Payment): boolean {
    const { elsewhere, untold } = this.#books
    return (
      isDoubtful(payment) ||
      payment.operations.some(({ reference, kind, state }) => {
        return (
          elsewhere.has(reference) || untold.has(reference) || kind === 'reversal' || state === 'mismatch'
        )
      })
    )
  }

  /** The PSP's bookings of a charge or modification, by name. */
  *#bookingsOf({ kind, reference, target }: Operation): Generator<string> {
    const orderCode = target ?? reference
    const own = kind === 'capture' || kind === 'refund' ? reference : undefined
    for (const [index, entry] of (this.#books.ledger(orderCode)?.entries ?? []).entries()) {
      if (REPORTED.has(entry.kind) && entry.reference === own) yield bookingName(orderCode, entry, index)
    }
  }

  /** It is at the PSP, and was left out of its reports. */
  #leftOut(operation: Operation): boolean {
    for (const name of this.#bookingsOf(operation)) {
      const told = this.#psp.reports.told[name]
      if (told === 'report-line-missing' || (told === 'report-line-late' && !this.#compared.has(name)))
        return true
    }
    return false
  }

  /** Every booking of it was compared, and nothing of that was made wrong. */
  #isReported({ operations }: Payment): boolean {
    const { told } = this.#psp.reports
    return operations
      .filter((operation) => isCharge(operation))
      .every(({ reference }) =>
        (this.#books.ledger(reference)?.entries ?? []).every((entry, index) => {
          // What no report tells of, and nobody else has told.
          if (UNREPORTED.has(entry.kind)) return !this.#books.untold.has(reference)
          const name = bookingName(reference, entry, index)
          const isRight = told[name] === 'as-it-is' || told[name] === 'report-line-late'
          return !REPORTED.has(entry.kind) || (this.#compared.has(name) && isRight)
        }),
      )
  }
}

function nameOf({ reference, pspReference }: SettlementLine): string {
  return `${reference}/${pspReference}`
}

/** As the report calls it. */
function bookingName(orderCode: string, { execution }: Booking, index: number): string {
  return `${orderCode}/T${execution}-${index + 1}`
}

function checkZero(totals: readonly (LedgerEntry & { readonly currency: string })[], what: string): void {
  const sums = new Map<string, bigint>()
  for (const { currency, amountMinor } of totals) {
    sums.set(currency, (sums.get(currency) ?? 0n) + amountMinor)
  }
  for (const [currency, sum] of sums) {
    if (sum !== 0n) throw new Violation('S7', `${what} does not sum to zero: ${sum} ${currency}`)
  }
}
