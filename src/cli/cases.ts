import { parseArgs } from 'node:util'
import { failure } from '../errors.ts'
import type { StoredPayment } from '../journal/journal.ts'
import type { JournalReader } from '../journal/sqlite/index.ts'
import type { Case, Payment } from '../payment/state.ts'
import { jsonOf, showCase, showCaseLine } from './case-words.ts'
import { type Output, UsageError } from './command.ts'
import { openJournalFile } from './journal-file.ts'

/** A case of a payment, with the payment that it is about. */
export interface FoundCase {
  readonly case: Case
  readonly payment: Payment
}

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 1000
/** Payments that are read at once while a case is looked for. */
const PAGE_SIZE = 200

/** `counterfoil cases`: reads the journal as a reader, so that the server beside it goes on. */
export async function cases(argv: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { journal: { type: 'string' }, limit: { type: 'string' }, json: { type: 'boolean' } },
  })
  const [verb = '', id, ...more] = positionals
  const isList = verb === 'list' && id === undefined
  const isShow = verb === 'show' && id !== undefined && more.length === 0
  if (!isList && !isShow)
    throw new UsageError("cases is called with 'list', or with 'show' and the id of a case")
  if (values.journal === undefined) throw new UsageError('cases needs --journal FILE')
  const limit = limitOf(values.limit)
  const reader = await openJournalFile(values.journal)
  try {
    const json = values.json === true
    if (isShow) await show(reader, id, json, output)
    else await list(reader, limit, json, output)
  } finally {
    await reader.close()
  }
  return 0
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? LIMIT_DEFAULT : Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new UsageError(`--limit is a whole number from 1 to ${LIMIT_MAX}`)
  }
  return limit
}

async function list(reader: JournalReader, limit: number, json: boolean, output: Output): Promise<void> {
  const found: FoundCase[] = []
  for await (const stored of paymentsWithCases(reader)) {
    found.push(...casesOf(stored))
    if (found.length > limit) break
  }
  const shown = found.slice(0, limit)
  if (json) {
    output.out(jsonOf(shown.map(({ case: one, payment }) => ({ ...one, ...aboutOf(payment) }))))
    return
  }
  if (shown.length === 0) output.out('No cases: nothing waits for a person.')
  for (const one of shown) output.out(showCaseLine(one))
  if (found.length > limit) output.out(`There are more: give --limit, at most ${LIMIT_MAX}.`)
}

async function show(reader: JournalReader, id: string, json: boolean, output: Output): Promise<void> {
  const found = await find(reader, id)
  if (found.length === 0) {
    throw failure(
      'CF_PAYMENT_UNKNOWN',
      `${reader.name} has no case '${id}', and no payment of this id with a case`,
    )
  }
  for (const one of found) {
    const history = await reader.history(one.payment.paymentId)
    output.out(json ? jsonOf({ ...one.case, ...aboutOf(one.payment), history }) : showCase(one, history))
  }
}

/** By the id of a case, or all cases of a payment by its id. */
async function find(reader: JournalReader, id: string): Promise<readonly FoundCase[]> {
  const stored = await reader.read(id)
  if (stored !== undefined) return casesOf(stored)
  for await (const one of paymentsWithCases(reader)) {
    const found = casesOf(one).filter(({ case: { caseId } }) => caseId === id)
    if (found.length > 0) return found
  }
  return []
}

/** Newest first, page by page. */
async function* paymentsWithCases(reader: JournalReader): AsyncGenerator<StoredPayment> {
  let before: string | undefined
  for (;;) {
    const query = { withCases: true, limit: PAGE_SIZE }
    const page = await reader.list(before === undefined ? query : { ...query, before })
    yield* page
    before = page.at(-1)?.payment.paymentId
    if (page.length < PAGE_SIZE || before === undefined) return
  }
}

function casesOf({ payment }: StoredPayment): readonly FoundCase[] {
  return payment.cases.map((one) => ({ case: one, payment }))
}

function aboutOf({ paymentId, orderId, status, amountMinor, currency }: Payment) {
  return { paymentId, orderId, status, amountMinor, currency }
}
