import { postgresJournal } from '../../src/journal/postgres/index.ts'
import { journalConformance } from '../../src/testkit/journal-conformance.ts'
import { TestDatabases } from './databases.ts'

const owner = { nodeId: 'node-1' }
const databases = TestDatabases.forThisFile()

journalConformance('the journal in PostgreSQL', {
  open: async () => {
    const { options, drop, query } = await databases.schema()
    const { schema } = options
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
      damagePayment: async (paymentId, snapshot) => {
        await query(`UPDATE ${schema}.payments SET snapshot = $1 WHERE payment_id = $2`, [
          snapshot,
          paymentId,
        ])
      },
      damageNotification: async (id) => {
        await query(`UPDATE ${schema}.inbox SET raw = '<no json>' WHERE id = $1`, [id])
      },
      dispose: async () => {
        await journal.close()
        await drop()
      },
    }
  },
})
