import { failure } from '../errors.ts'
import type { InboxItem } from './journal.ts'

/** A payment with all that belongs to it, as it stands in a journal: texts stay the texts that they are. */
export interface CopiedPayment {
  readonly paymentId: string
  readonly version: number
  readonly fence: number
  readonly orderId: string
  readonly key: string
  readonly status: string
  readonly owner: string
  readonly attended: boolean
  readonly cases: number
  readonly dueAtMs: number | null
  readonly currency: string
  readonly doubtSinceMs: number | null
  readonly atRiskMinor: string | null
  readonly snapshot: string
  readonly references: readonly string[]
  readonly appends: readonly CopiedAppend[]
}

export interface CopiedAppend {
  readonly version: number
  readonly atMs: number
  readonly fence: number
  readonly events: string
}

export interface CopiedOrder {
  readonly orderId: string
  readonly revision: number
  readonly record: string
}

/** How much a journal holds. */
export interface JournalSize {
  readonly payments: number
  readonly orders: number
  readonly inbox: number
}

/** A journal as it can be read from end to end, by the ids and their bytes. */
export interface JournalPages {
  readonly name: string
  size(): Promise<JournalSize>
  payments(after: string, limit: number): Promise<readonly CopiedPayment[]>
  orders(after: string, limit: number): Promise<readonly CopiedOrder[]>
  /** All of it, in the order in which it came. */
  inbox(): Promise<readonly InboxItem[]>
}

/** A journal that is being copied to, and can be opened by no node until it is finished. */
export interface CopyTarget extends JournalPages {
  /** Begins a copy, or goes on with the one that was begun from the same source. */
  begin(source: string): Promise<void>
  /** All of it at once; what stands there already stays. */
  putPayments(payments: readonly CopiedPayment[]): Promise<void>
  putOrders(orders: readonly CopiedOrder[]): Promise<void>
  putInbox(items: readonly InboxItem[]): Promise<void>
  /** The last id that was put; '' for none. */
  lastPayment(): Promise<string>
  lastOrder(): Promise<string>
  finish(source: string): Promise<void>
}

export interface CopyProgress {
  readonly what: 'copying' | 'checking'
  readonly done: number
  readonly all: number
}

const PAGE = 200

/**
 * Copies a journal that nobody writes to, and compares every row of both at the end. Interrupted, it goes on where it
 * was: what was put stays.
 *
 * @throws CF_JOURNAL_CORRUPT naming the first row that differs
 * @example
 * const size = await copyJournal(source, target, ({ what, done, all }) => show(what, done / all))
 */
export async function copyJournal(
  source: JournalPages,
  target: CopyTarget,
  onProgress: (progress: CopyProgress) => void = () => undefined,
): Promise<JournalSize> {
  const size = await source.size()
  const all = size.payments + size.orders + size.inbox
  await target.begin(source.name)
  const before = await target.size()
  let done = before.payments + before.orders
  const advance = (what: CopyProgress['what'], by: number): void =>
    onProgress({ what, done: (done += by), all })
  for await (const { page } of pages(await target.lastPayment(), source.payments.bind(source), paymentIdOf)) {
    await target.putPayments(page)
    advance('copying', page.length)
  }
  for await (const { page } of pages(await target.lastOrder(), source.orders.bind(source), orderIdOf)) {
    await target.putOrders(page)
    advance('copying', page.length)
  }
  const items = await source.inbox()
  await target.putInbox(items)
  done = 0
  await check(source, target, (by) => advance('checking', by))
  await target.finish(source.name)
  return size
}

type Read<Row> = (after: string, limit: number) => Promise<readonly Row[]>

async function* pages<Row>(
  from: string,
  read: Read<Row>,
  idOf: (row: Row) => string,
): AsyncGenerator<{ readonly page: readonly Row[]; readonly after: string }> {
  for (let after = from; ; ) {
    const page = await read(after, PAGE)
    const last = page.at(-1)
    if (last === undefined) return
    yield { page, after }
    after = idOf(last)
  }
}

/** Both sides, row by row: with a copy that is not the same nobody must ever be charged. */
async function check(
  source: JournalPages,
  target: JournalPages,
  onChecked: (count: number) => void,
): Promise<void> {
  same('the number of rows', await source.size(), await target.size())
  const compare = async <Row>(from: Read<Row>, to: Read<Row>, idOf: (row: Row) => string): Promise<void> => {
    for await (const { page, after } of pages('', from, idOf)) {
      const copied = await to(after, page.length)
      for (const [index, row] of page.entries()) same(idOf(row), row, copied[index])
      onChecked(page.length)
    }
  }
  await compare(source.payments.bind(source), target.payments.bind(target), paymentIdOf)
  await compare(source.orders.bind(source), target.orders.bind(target), orderIdOf)
  const items = await source.inbox()
  same('the inbox', items, await target.inbox())
  onChecked(items.length)
}

const paymentIdOf = ({ paymentId }: CopiedPayment): string => paymentId
const orderIdOf = ({ orderId }: CopiedOrder): string => orderId

function same(what: string, source: unknown, copied: unknown): void {
  if (JSON.stringify(source) === JSON.stringify(copied)) return
  throw failure(
    'CF_JOURNAL_CORRUPT',
    `${what} is not the same after the copy: drop the schema and copy again`,
  )
}
