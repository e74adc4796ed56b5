import type { ClosedPage, LedgerTotal, ReconciledLine } from '../engine/api.ts'
import { formatMoney } from '../money/money.ts'
import { addTotals } from '../settlement/ledger.ts'
import type { BadLine } from '../settlement/record.ts'
import { jsonOf, showUnreadable } from './case-words.ts'

/** More breaks than these are counted, and not listed: something is wrong with the report as a whole. */
const LISTED_MAX = 1_000

/** A list that is bounded, with the number of what came. */
interface Bounded<Item> {
  readonly items: Item[]
  count: number
}

/** What a reconciliation has come to so far. */
export class Findings {
  readonly report: string
  lines = 0
  ignored = 0
  /** By outcome. */
  readonly outcomes: Record<string, number> = {}
  readonly breaks: Bounded<ReconciledLine> = { items: [], count: 0 }
  readonly learned: Bounded<ReconciledLine> = { items: [], count: 0 }
  readonly unreadable: Bounded<BadLine> = { items: [], count: 0 }
  readonly missing: Bounded<ClosedPage['missing'][number]> = { items: [], count: 0 }
  /** Ids of payments that the journal cannot read. */
  readonly unreadablePayments: string[] = []
  /** Payments that the end of the period has looked at; undefined when it was not closed. */
  looked: number | undefined
  /** Asked to be closed, and not, because some of its lines could not be read. */
  isLeftOpen = false
  #paid: readonly LedgerTotal[] = []
  #books: readonly LedgerTotal[] = []

  constructor(report: string) {
    this.report = report
  }

  /** Nothing waits for a person. */
  get agrees(): boolean {
    const { breaks, unreadable, missing, unreadablePayments } = this
    return breaks.count + unreadable.count + missing.count + unreadablePayments.length === 0
  }

  add(lines: readonly ReconciledLine[], totals: readonly LedgerTotal[]): void {
    for (const line of lines) {
      this.lines++
      this.outcomes[line.outcome] = (this.outcomes[line.outcome] ?? 0) + 1
      if (line.outcome === 'learned') put(this.learned, line)
      else if (line.outcome !== 'agrees' && line.outcome !== 'account-fee') put(this.breaks, line)
    }
    this.#paid = addTotals(this.#paid, totals)
  }

  addBad(line: BadLine): void {
    put(this.unreadable, line)
  }

  close({ looked, missing, totals, unreadable = [] }: ClosedPage): void {
    this.looked = (this.looked ?? 0) + looked
    this.unreadablePayments.push(...unreadable)
    for (const one of missing) put(this.missing, one)
    this.#books = addTotals(this.#books, totals)
  }

  json(): string {
    const { report, lines, ignored, outcomes, breaks, learned, unreadable, missing, looked } = this
    const { unreadablePayments } = this
    return jsonOf({
      report,
      agrees: this.agrees,
      lines,
      ignored,
      outcomes,
      breaks: breaks.items,
      learned: learned.items,
      unreadable: unreadable.items.map(({ lineNumber, column, text }) => ({ lineNumber, column, text })),
      ...(looked === undefined ? {} : { looked, missing: missing.items, books: this.#books }),
      ...(unreadablePayments.length === 0 ? {} : { unreadablePayments }),
      paid: this.#paid,
    })
  }

  text(): string {
    const agreed = this.outcomes['agrees'] ?? 0
    const { lines, breaks, learned, unreadable, missing, looked } = this
    const heads = [
      `${this.report}: ${lines} lines compared, ${agreed} agree, ${breaks.count} do not`,
      ...(unreadable.count === 0 ? [] : [`${unreadable.count} lines could not be read`]),
      ...(this.isLeftOpen ? ['The period was not closed: what could not be read would be missing'] : []),
      ...(looked === undefined
        ? []
        : [`${looked} payments of the period looked at, ${missing.count} missing`]),
      ...showUnreadable(this.unreadablePayments),
    ]
    return [
      heads.join('\n'),
      ...tableOf('Breaks', breaks, (line) => [
        `line ${line.lineNumber}`,
        line.repeated ? `${line.outcome} (known)` : line.outcome,
        line.paymentId ?? '-',
        line.text ?? '',
      ]),
      ...tableOf('Learned from the report', learned, (line) => [
        `line ${line.lineNumber}`,
        line.paymentId ?? '-',
        line.text ?? '',
      ]),
      ...tableOf('Lines that could not be read', unreadable, ({ lineNumber, column, text }) => [
        `line ${lineNumber}`,
        column === '' ? '-' : `column '${column}'`,
        text,
      ]),
      ...tableOf('In no report', missing, ({ paymentId, orderId, text }) => [
        paymentId,
        `order ${orderId}`,
        text,
      ]),
      ...totalsOf('Paid out by this report', this.#paid),
      ...totalsOf('By the ledger of these payments', this.#books),
    ].join('\n')
  }
}

function put<Item>(list: Bounded<Item>, item: Item): void {
  list.count++
  if (list.items.length < LISTED_MAX) list.items.push(item)
}

function tableOf<Item>(
  title: string,
  { items, count }: Bounded<Item>,
  cellsOf: (item: Item) => readonly string[],
): readonly string[] {
  if (count === 0) return []
  const rows = items.map((item) => cellsOf(item).map(printable))
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  const lines = rows.map((row) =>
    `  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd(),
  )
  const more = count > items.length ? [`  and ${count - items.length} more`] : []
  return ['', title, ...lines, ...more]
}

function totalsOf(title: string, totals: readonly LedgerTotal[]): readonly string[] {
  if (totals.length === 0) return []
  const width = 'receivable'.length
  const rows = totals.map(({ account, currency, amountMinor }) => {
    const sign = amountMinor < 0n ? '-' : ''
    const absolute = amountMinor < 0n ? -amountMinor : amountMinor
    return `  ${account.padEnd(width)}  ${sign}${formatMoney({ amountMinor: absolute, currency })} ${currency}`
  })
  return ['', title, ...rows]
}

/** What others have said could hold what a terminal obeys. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}
