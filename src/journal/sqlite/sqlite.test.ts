import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { journalConformance } from '../../testkit/journal-conformance.ts'
import { sqliteJournal } from './index.ts'

const owner = { nodeId: 'node-1' }
/** Small, so that the tests do not spend their time writing reserves. */
const options = { reserveBytes: 64 * 1024 }

journalConformance('the journal in SQLite', {
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-sqlite-'))
    const path = join(folder, 'payments.db')
    let journal = sqliteJournal(path, options)
    await journal.open(owner)
    return {
      journal,
      reopen: async () => {
        await journal.close()
        journal = sqliteJournal(path, options)
        await journal.open(owner)
        return journal
      },
      dispose: async () => {
        await journal.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
})
