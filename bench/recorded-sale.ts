import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Change } from '../src/journal/journal.ts'
import { sqliteJournal } from '../src/journal/sqlite/index.ts'
import { sellOnce } from './engine.ts'
import type { Sold } from './sale.ts'

/** What the engine wrote for one real sale on the payer's path, and the names in it that are new with each sale. */
export interface RecordedSale {
  readonly commits: readonly [Change, Change]
  readonly sold: Sold
}

/** Lets the engine make one sale on a journal of its own, and keeps its two commits as they were handed over. */
export async function recordSale(folder: string, paymentService: string): Promise<RecordedSale> {
  const aside = await mkdtemp(join(folder, 'recorded-'))
  try {
    const changes: Change[] = []
    const journal = sqliteJournal(join(aside, 'payments.db'))
    const append = journal.append.bind(journal)
    journal.append = (change) => {
      changes.push(change)
      return append(change)
    }
    const sold = await sellOnce(journal, paymentService)
    const [first, second] = changes
    if (first === undefined || second === undefined) throw new Error('a sale made less than two commits')
    return { commits: [first, second], sold }
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

/** The same commits for another sale: every name of the recorded one is replaced, all else is shared. */
export function commitsFor({ commits, sold }: RecordedSale, names: Sold): readonly [Change, Change] {
  const pairs = (['paymentId', 'reference', 'key'] as const).map((name) => [sold[name], names[name]] as const)
  return [renamed(commits[0], pairs), renamed(commits[1], pairs)]
}

function renamed<T>(value: T, pairs: readonly (readonly [string, string])[]): T {
  if (typeof value === 'string') {
    return pairs.reduce<string>((text, [from, to]) => text.replaceAll(from, to), value) as T
  }
  if (Array.isArray(value)) return value.map((entry: unknown) => renamed(entry, pairs)) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(
    ([name, entry]) => [name, renamed(entry as unknown, pairs)] as const,
  )
  return Object.fromEntries(entries) as T
}
