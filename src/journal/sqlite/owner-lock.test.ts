import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { opening } from '../../testkit/journal-samples.ts'
import { sqliteJournal, sqliteJournalReader } from './index.ts'
import { type OwnerLock, takeOwnership } from './owner-lock.ts'

const here = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href)

/** Opens the journal, says so, and stays until it is told to leave. */
const ownerScript = (path: string): string => `
  const { sqliteJournal } = await import(${here('./index.ts')})
  const { opening } = await import(${here('../../testkit/journal-samples.ts')})
  const journal = sqliteJournal(${JSON.stringify(path)}, { reserveBytes: 4096 })
  await journal.open({ nodeId: 'the-child' })
  await journal.append(opening('p1'))
  console.log('open')
  process.stdin.once('data', () => journal.close().then(() => process.exit(0)))
`

describe('ownership of a journal in SQLite', () => {
  let folder: string
  let path: string
  let child: ChildProcess | undefined

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-owner-'))
    path = join(folder, 'payments.db')
  })
  afterEach(async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    child = undefined
    rmSync(folder, { recursive: true })
  })

  async function startOwner(): Promise<ChildProcess> {
    child = spawn(process.execPath, ['--input-type=module', '--eval', ownerScript(path)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    assert.ok(child.stdout)
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    assert.equal(said.toString().trim(), 'open')
    return child
  }

  async function openAndClose(): Promise<void> {
    const journal = sqliteJournal(path, { reserveBytes: 4096 })
    await journal.open({ nodeId: 'node-2' })
    await journal.close()
  }

  it('refuses a second process and names the first, which goes on', async () => {
    const first = await startOwner()
    const refusal = {
      code: 'CF_JOURNAL_OWNED',
      message: new RegExp(`process ${first.pid} on ${hostname()}`),
      details: { pid: String(first.pid), host: hostname(), nodeId: 'the-child' },
    }
    await assert.rejects(openAndClose(), refusal)
    await assert.rejects(openAndClose(), refusal)
    const reader = await sqliteJournalReader(path)
    assert.equal((await reader.read('p1'))?.version, 1)
    await reader.close()
    first.stdin?.write('leave\n')
    assert.deepEqual(await once(first, 'exit'), [0, null])
  })

  it('is free again after the owner closed the journal', async () => {
    const first = await startOwner()
    first.stdin?.write('leave\n')
    await once(first, 'exit')
    await openAndClose()
  })

  it('is free again after the owner was killed, with all that it had committed', async () => {
    const first = await startOwner()
    first.kill('SIGKILL')
    await once(first, 'exit')
    const journal = sqliteJournal(path, { reserveBytes: 4096 })
    await journal.open({ nodeId: 'node-2' })
    assert.equal((await journal.read('p1'))?.version, 1)
    assert.equal((await journal.append(opening('p2'))).kind, 'committed')
    await journal.close()
  })

  it('refuses a second journal in the same process, and opening twice', async () => {
    const journal = sqliteJournal(path, { reserveBytes: 4096 })
    await journal.open({ nodeId: 'node-1' })
    await assert.rejects(openAndClose(), { code: 'CF_JOURNAL_OWNED', details: ownDetails() })
    await assert.rejects(journal.open({ nodeId: 'node-1' }), { code: 'CF_JOURNAL_UNAVAILABLE' })
    await assert.rejects(openAndClose(), { code: 'CF_JOURNAL_OWNED' })
    await journal.close()
    await openAndClose()
  })

  it('goes to one of many that want it at the same time', () => {
    const locks: OwnerLock[] = []
    for (let index = 0; index < 5; index++) {
      try {
        locks.push(takeOwnership(path, `node-${index}`))
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'CF_JOURNAL_OWNED')
      }
    }
    assert.equal(locks.length, 1)
    for (const lock of locks) lock.release()
    takeOwnership(path, 'node-9').release()
  })
})

function ownDetails(): Record<string, string> {
  return { pid: String(process.pid), host: hostname(), nodeId: 'node-1' }
}
