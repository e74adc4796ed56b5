import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CounterfoilError, reasonOf } from '../../errors.ts'
import { journalOwner } from '../../journal/sqlite/journal-owner.ts'
import { sqliteJournalReader } from '../../journal/sqlite/index.ts'
import { JOURNAL_FILE } from '../assemble.ts'
import type { CheckedConfiguration } from '../check-configuration.ts'
import { type CheckResult, fail, ok, together, warn } from './check.ts'
import { checkDisk } from './disk-check.ts'
import { failed } from './run-checks.ts'
import type { ServerState } from './server-check.ts'

/** Rows that are read to see whether they can be. */
const NEWEST_READ = 200

/** The journal as its server would find it: there or to be made, readable, writable, private, on a disk that keeps up. */
export async function checkJournal(
  { dataFolder, listen }: CheckedConfiguration,
  server: ServerState,
  disk: (folder: string) => readonly CheckResult[] = checkDisk,
): Promise<CheckResult> {
  const path = join(dataFolder, JOURNAL_FILE)
  // Whoever looks may be another user than the server's, so that the folder is left to the start.
  const folder = nearestFolder(dataFolder)
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK)
  } catch (thrown) {
    return fail(reasonOf(thrown), `Give the server's user the right to write to ${folder} and all in it.`)
  }
  if (folder !== dataFolder)
    return together([ok(`${dataFolder} is made at the first start`), ...disk(folder)])
  const results = [await readIt(path), ...privacyOf(dataFolder, path)]
  const owner = existsSync(path) ? journalOwner(path) : undefined
  if (owner !== undefined && server !== 'running') {
    const text = `process ${owner.pid} on ${owner.host} owns it, and no server answers on port ${listen.port}`
    results.push(fail(text, 'Stop that process, or look why it does not answer.'))
  }
  return together([...results, ...disk(dataFolder)])
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}

async function readIt(path: string): Promise<CheckResult> {
  if (!existsSync(path)) return ok(`${path} is made at the first start`)
  try {
    const reader = await sqliteJournalReader(path)
    try {
      const newest = await reader.list({ limit: NEWEST_READ })
      const withCases = await reader.list({ withCases: true, limit: NEWEST_READ })
      const unreadable = new Set([...newest.unreadable, ...withCases.unreadable])
      if (unreadable.size > 0) {
        return fail(
          `${path} opens, and ${unreadable.size} of its payments cannot be read: ${[...unreadable].join(', ')}`,
          'Copy the file away as it is; each other payment goes on. Restore these from a backup, or ask for help.',
        )
      }
      if (withCases.payments.length === 0) return ok(`${path} opens`)
      return warn(
        `${path} opens, and has open cases`,
        `Look at them: counterfoil cases list --journal ${path}.`,
      )
    } finally {
      await reader.close()
    }
  } catch (thrown) {
    if (thrown instanceof CounterfoilError && thrown.code === 'CF_JOURNAL_UNAVAILABLE') {
      return warn(thrown.message, 'Start the server; if that does not help, look at the disk.')
    }
    return failed(thrown)
  }
}

/** Whose it is, and who else can read it. */
function privacyOf(folder: string, path: string): readonly CheckResult[] {
  const results: CheckResult[] = []
  const { mode } = statSync(folder)
  if ((mode & 0o005) !== 0) {
    results.push(warn(`every user can look into ${folder}`, `chmod 700 ${folder}.`))
  }
  const owner = (statSync(path, { throwIfNoEntry: false }) ?? statSync(folder)).uid
  const self = process.getuid?.()
  if (self !== undefined && owner !== self) {
    const todo = "Run this as the server's user, so that it sees what the server sees."
    results.push(warn(`the journal belongs to user ${owner}, and this is user ${self}`, todo))
  }
  return results
}
