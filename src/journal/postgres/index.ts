import type { Journal } from '../journal.ts'
import { PostgresJournal } from './postgres-journal.ts'
import { checkedSettings, type PostgresJournalOptions } from './settings.ts'

export type { PostgresServerSettings } from '../../postgres/settings.ts'
export type { PostgresJournalOptions } from './settings.ts'

/**
 * A journal in PostgreSQL 15 or newer, for as many nodes as open it. It needs the driver: `npm install pg`. Nothing is
 * connected before `open`, which makes the tables where they are missing.
 *
 * A commit is as safe as the server makes it: name a synchronous standby there if a payment must survive the loss of
 * the primary. Poolers that give each transaction another connection are not supported.
 *
 * Whoever watches hears of this process's commits at once, and of those of other nodes some 20 ms later.
 *
 * @throws CF_CONFIG; by `open` also CF_JOURNAL_UNAVAILABLE, CF_JOURNAL_NEWER, CF_JOURNAL_CORRUPT, CF_JOURNAL_READ_ONLY,
 *   CF_JOURNAL_FULL
 * @example
 * const journal = postgresJournal({ url: 'postgres://shop:secret@db.example/payments' })
 * await journal.open({ nodeId: world.nodeId })
 */
export function postgresJournal(options: PostgresJournalOptions): Journal {
  return new PostgresJournal(checkedSettings(options))
}
