import { stat } from 'node:fs/promises'
import { CounterfoilError } from '../errors.ts'
import { type JournalReader, sqliteJournalReader } from '../journal/sqlite/index.ts'
import { UnusableError } from './command.ts'

/** SQLite's result code for a file that is no database. */
const SQLITE_NOTADB = 26

const REMEDY = 'Name the file that the server gives to sqliteJournal().'

/**
 * Opens the journal that `--journal` names. A file that is missing or of another kind is a slip of whoever typed it,
 * and is not told as what it would mean on a server: a journal that went away, or was damaged.
 *
 * @throws UnusableError for these, and what `sqliteJournalReader` throws
 */
export async function openJournalFile(file: string): Promise<JournalReader> {
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile) throw new UnusableError(`there is no journal at ${file}. ${REMEDY}`)
  try {
    return await sqliteJournalReader(file)
  } catch (thrown) {
    if (!isOfAnotherKind(thrown)) throw thrown
    throw new UnusableError(`${file} is not a journal. ${REMEDY}`, { cause: thrown })
  }
}

/** No database at all, or one without the mark of a journal, which no error of SQLite stands behind. */
function isOfAnotherKind(thrown: unknown): boolean {
  if (!(thrown instanceof CounterfoilError) || thrown.code !== 'CF_JOURNAL_CORRUPT') return false
  const { cause } = thrown
  if (cause === undefined) return true
  return cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_NOTADB
}
