import { join } from 'node:path'
import { openDatabase } from '../demo/database.ts'
import type { Change, Journal } from '../src/journal/journal.ts'
import { postgresJournal } from '../src/journal/postgres/index.ts'
import { sqliteJournal, sqliteJournalReader } from '../src/journal/sqlite/index.ts'
import { realWorld } from '../src/world.ts'
import { BareStatements } from './bare-statements.ts'

export type StoreName = 'sqlite' | 'postgres'

/** Makes commits, and does nothing else. */
export interface BareWriter {
  /** Resolves once it is durable; rejects when it is refused. */
  append(change: Change): Promise<void>
  close(): Promise<void>
}

/** Where the journal of one round stands, fresh. */
export interface Place {
  /** The journal, not yet opened. */
  journal(): Journal
  /** Writes to the same tables without the engine. */
  bare(): Promise<BareWriter>
  /** Reads it after its owner has closed it. */
  reader(): Promise<Pick<Journal, 'list' | 'close'>>
}

/** What journals are kept in. */
export interface Store {
  readonly name: StoreName
  /** The place of the next round; a file is in that folder. */
  place(folder: string): Place
  close(): Promise<void>
}

export async function openStore(name: StoreName): Promise<Store> {
  return name === 'sqlite' ? sqlite : openPostgres()
}

const sqlite: Store = {
  name: 'sqlite',
  place: (folder) => {
    const path = join(folder, 'payments.db')
    return {
      journal: () => sqliteJournal(path),
      bare: async () => {
        const journal = await opened(sqliteJournal(path))
        return { append: (change) => appendTo(journal, change), close: () => journal.close() }
      },
      reader: () => sqliteJournalReader(path),
    }
  },
  close: async () => undefined,
}

/** A server of its own, or the one that the demo and the tests are given. */
async function openPostgres(): Promise<Store> {
  const database = await openDatabase()
  let places = 0
  return {
    name: 'postgres',
    place: () => {
      const options = { url: database.url, schema: `bench_${++places}` }
      return {
        journal: () => postgresJournal(options),
        bare: async () => {
          // The journal makes the tables.
          await (await opened(postgresJournal(options))).close()
          return new BareStatements(options)
        },
        reader: () => opened(postgresJournal(options)),
      }
    },
    close: () => database.close(),
  }
}

async function opened(journal: Journal): Promise<Journal> {
  await journal.open({ nodeId: realWorld().nodeId })
  return journal
}

async function appendTo(journal: Journal, change: Change): Promise<void> {
  const verdict = await journal.append(change)
  if (verdict.kind !== 'committed') throw new Error(`a bare commit met a conflict on its ${verdict.on}`)
}
