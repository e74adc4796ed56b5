import { failure } from '../errors.ts'
import type { StoredPayment } from '../journal/journal.ts'
import type { JournalReader } from '../journal/sqlite/index.ts'
import type { Case, Payment } from '../payment/state.ts'
import { jsonOf, showCase, showCaseLine, showUnreadable } from './case-words.ts'
import type { Output } from './command.ts'

/** A case of a payment, with the payment that it is about. */
export interface FoundCase {
  readonly case: Case
  readonly payment: Payment
}

/** Payments that are read at once while a case is looked for. */
const PAGE_SIZE = 200

/** The open cases of a journal's file, newest first; answers whether there are more. */
export async function listOfJournal(
  reader: JournalReader,
  limit: number,
  json: boolean,
  output: Output,
): Promise<boolean> {
  const found: FoundCase[] = []
  const underWay = await reader.list({ status: 'in-progress', limit: PAGE_SIZE })
  const unreadable = new Set(underWay.unreadable)
  for await (const stored of paymentsWithCases(reader, unreadable)) {
    found.push(...casesOf(stored).filter(({ case: one }) => one.closed === undefined))
    if (found.length > limit) break
  }
  const shown = found.slice(0, limit)
  // Beside the answer, where a program reads that.
  for (const line of showUnreadable([...unreadable])) output[json ? 'error' : 'out'](line)
  if (json) {
    output.out(jsonOf(shown.map(({ case: one, payment }) => ({ ...one, ...aboutOf(payment) }))))
    return false
  }
  if (shown.length === 0 && unreadable.size === 0) output.out('No cases: nothing waits for a person.')
  for (const one of shown) output.out(showCaseLine(one))
  return found.length > limit
}

/** One case by its id, or all of a payment by its id, closed ones too. */
export async function showOfJournal(
  reader: JournalReader,
  id: string,
  json: boolean,
  output: Output,
): Promise<void> {
  const found = await find(reader, id)
  if (found.length === 0) {
    throw failure(
      'CF_CASE_UNKNOWN',
      `${reader.name} has no open case '${id}', and no payment of this id with a case`,
    )
  }
  for (const one of found) {
    const history = await reader.history(one.payment.paymentId)
    output.out(json ? jsonOf({ ...one.case, ...aboutOf(one.payment), history }) : showCase(one, history))
  }
}

async function find(reader: JournalReader, id: string): Promise<readonly FoundCase[]> {
  const [paymentId = '', caseId] = id.split('/', 2)
  const stored = await reader.read(paymentId)
  if (stored !== undefined) {
    return casesOf(stored).filter(({ case: one }) => caseId === undefined || one.caseId === caseId)
  }
  for await (const one of paymentsWithCases(reader)) {
    const found = casesOf(one).filter(({ case: { caseId: known } }) => known === id)
    if (found.length > 0) return found
  }
  return []
}

/** Newest first, page by page; the ids of what cannot be read go into `unreadable`. */
async function* paymentsWithCases(
  reader: JournalReader,
  unreadable = new Set<string>(),
): AsyncGenerator<StoredPayment> {
  let before: string | undefined
  for (;;) {
    const query = { withCases: true, limit: PAGE_SIZE }
    const page = await reader.list(before === undefined ? query : { ...query, before })
    for (const id of page.unreadable) unreadable.add(id)
    yield* page.payments
    before = page.next
    if (before === undefined) return
  }
}

function casesOf({ payment }: StoredPayment): readonly FoundCase[] {
  return payment.cases.map((one) => ({ case: one, payment }))
}

function aboutOf({ paymentId, orderId, status, amountMinor, currency }: Payment) {
  return { paymentId, orderId, status, amountMinor, currency }
}
