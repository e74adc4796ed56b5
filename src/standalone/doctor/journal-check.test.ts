import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { sqliteJournal } from '../../journal/sqlite/index.ts'
import { opening, SAMPLE_AT_MS } from '../../testkit/journal-samples.ts'
import { configured, newFolder, removed } from './doctor.test-data.ts'
import { type CheckResult, ok } from './check.ts'
import { checkJournal } from './journal-check.ts'
import type { ServerState } from './server-check.ts'

const folder = newFolder()
after(() => removed(folder))

const at = (name: string) => configured({ dataFolder: join(folder, name) })

/** How quick the disk of this machine is at this moment is no matter of these tests. */
const checked = (configuration: ReturnType<typeof at>, server: ServerState): Promise<CheckResult> =>
  checkJournal(configuration, server, () => [ok('a quick disk')])

async function journalIn(name: string, change = opening('0001')): Promise<void> {
  const journal = sqliteJournal(join(folder, name, 'payments.db'), { reserveBytes: 0 })
  await journal.open({ nodeId: 'node-1' })
  await journal.append(change)
  await journal.close()
  chmodSync(join(folder, name), 0o700)
}

describe('the check of the journal', () => {
  it('is well before the first start, and leaves it to the start to make the folder', async () => {
    const result = await checked(at('new'), 'silent')
    assert.equal(result.status, 'ok', result.text)
    assert.match(result.text, /new is made at the first start; a quick disk$/)
    assert.equal(existsSync(join(folder, 'new')), false)
  })

  it('opens the journal that is there', async () => {
    await journalIn('there')
    const result = await checked(at('there'), 'silent')
    assert.equal(result.status, 'ok', result.text)
    assert.match(result.text, /payments\.db opens; a quick disk$/)
  })

  it('warns of open cases, and of a folder that every user can look into', async () => {
    const about = { caseId: 'case-1', reference: 'r-1', text: 'Look.', atMs: SAMPLE_AT_MS }
    await journalIn('cases', opening('0001', { cases: [{ ...about, reason: 'doubt-unresolved' }] }))
    chmodSync(join(folder, 'cases'), 0o755)
    const result = await checked(at('cases'), 'silent')
    assert.equal(result.status, 'warn')
    assert.match(result.text, /has open cases; every user can look into/)
    assert.match(result.todo ?? '', /counterfoil cases list --journal .*payments\.db\. chmod 700 /)
  })

  it('fails where a payment cannot be read, and names it', async () => {
    await journalIn('unreadable')
    const database = new DatabaseSync(join(folder, 'unreadable', 'payments.db'))
    database.exec("UPDATE payments SET snapshot = '{'")
    database.close()
    const result = await checked(at('unreadable'), 'silent')
    assert.equal(result.status, 'fail')
    assert.match(result.text, /payments\.db opens, and 1 of its payments cannot be read: 0001; a quick disk$/)
  })

  it('warns of a journal that a start would migrate', async () => {
    await journalIn('older')
    const database = new DatabaseSync(join(folder, 'older', 'payments.db'))
    database.exec('PRAGMA user_version = 1')
    database.close()
    const result = await checked(at('older'), 'silent')
    assert.equal(result.status, 'warn')
    assert.match(result.text, /has schema 1 and this version reads \d+: start the server once/)
  })

  it('fails with a damaged one, one of another program, and a folder that is none', async () => {
    mkdirSync(join(folder, 'damaged'), { mode: 0o700 })
    writeFileSync(join(folder, 'damaged', 'payments.db'), 'SQLite format 3\0'.padEnd(4_096, 'x'))
    const damaged = await checked(at('damaged'), 'silent')
    assert.equal(damaged.status, 'fail')
    assert.match(damaged.text, /CF_JOURNAL_CORRUPT/)
    writeFileSync(join(folder, 'file'), 'x')
    const none = await checked(at('file'), 'silent')
    assert.deepEqual([none.status, /Give the server's user the right/.test(none.todo ?? '')], ['fail', true])
  })
})
