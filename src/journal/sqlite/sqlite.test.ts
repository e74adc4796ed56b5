import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { it } from 'node:test'
import { journalConformance } from '../../testkit/journal-conformance.ts'
import { opening } from '../../testkit/journal-samples.ts'
import { sqliteJournal } from './index.ts'

const owner = { nodeId: 'node-1' }
/** Small, so that the tests do not spend their time writing reserves. */
const options = { reserveBytes: 64 * 1024 }

/** By another connection to the file, as a hand would. */
function damage(path: string, sql: string, ...values: string[]): void {
  const database = new DatabaseSync(path)
  database.prepare(sql).run(...values)
  database.close()
}

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
      damagePayment: async (paymentId, snapshot) =>
        damage(path, 'UPDATE payments SET snapshot = ? WHERE payment_id = ?', snapshot, paymentId),
      damageNotification: async (id) =>
        damage(path, 'UPDATE inbox SET received_at_ms = 1 << 60 WHERE id = ?', id),
      dispose: async () => {
        await journal.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
})

it('takes every earlier owner for gone, however short ago it was seen: only one can own the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-sqlite-'))
  const path = join(folder, 'payments.db')
  const first = sqliteJournal(path, options)
  await first.open(owner)
  await first.heartbeat('node-1', 1_000)
  await first.append(opening('p1', { owner: 'node-1' }, { attended: true, dueAtMs: 99_999 }))
  const query = { nodeId: 'node-3', nowMs: 1_001, deadBeforeMs: 900, limit: 10 }
  assert.deepEqual(await first.due(query), [])
  await first.close()
  const second = sqliteJournal(path, options)
  await second.open({ nodeId: 'node-2' })
  await second.heartbeat('node-2', 1_000)
  assert.deepEqual(await second.due(query), ['p1'])
  await second.close()
  rmSync(folder, { recursive: true })
})
