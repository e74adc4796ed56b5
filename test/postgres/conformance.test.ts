import { postgresJournal } from '../../src/journal/postgres/index.ts'
import { journalConformance } from '../../src/testkit/journal-conformance.ts'
import { TestDatabases } from './databases.ts'

const owner = { nodeId: 'node-1' }
const databases = TestDatabases.forThisFile()

journalConformance('the journal in PostgreSQL', {
  open: async () => {
    const { options, drop } = await databases.schema()
    let journal = postgresJournal(options)
    await journal.open(owner)
    return {
      journal,
      reopen: async () => {
        await journal.close()
        journal = postgresJournal(options)
        await journal.open(owner)
        return journal
      },
      dispose: async () => {
        await journal.close()
        await drop()
      },
    }
  },
})
