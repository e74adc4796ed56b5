import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { following, opening } from '../../testkit/journal-samples.ts'
import { encodeChange } from '../encoded-change.ts'
import { BatchWriter, FatalJournalError } from './batch-writer.ts'
import { prepareDatabase } from './database.ts'
import { EXIT_CODE_DISK_FAILED, sqliteJournal } from './index.ts'
import type { WriteOperation } from './operation.ts'
import { startWriterThread } from './writer-thread.ts'
import { SqliteJournal } from './sqlite-journal.ts'

const room = { bytes: 1, ensure: () => true, release: () => undefined }
/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_WRITE. */
const FSYNC_FAILED = 1034
const WRITE_FAILED = 778
const DAMAGED = 11
const BUSY = 5

const change = (paymentId: string): WriteOperation => ({
  kind: 'change',
  change: encodeChange(opening(paymentId)),
})

/** A connection whose statements can be made to fail as the driver does. */
class FailingDatabase extends DatabaseSync {
  failing: { readonly sql: RegExp; readonly errcode: number } | undefined
  readonly executed: string[] = []

  override exec(sql: string): void {
    this.executed.push(sql)
    if (this.failing?.sql.test(sql) === true) {
      const { errcode } = this.failing
      throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode })
    }
    super.exec(sql)
  }
}

describe('a failed disk (F10)', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-failed-'))
    path = join(folder, 'payments.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function failingWriter() {
    prepareDatabase(path)
    const database = new FailingDatabase(path)
    const writer = new BatchWriter({ path, database, reserve: room, nowMs: () => 0 })
    return { database, writer }
  }

  it('is fatal when a commit was not flushed or not written, and is not tried again', () => {
    for (const errcode of [FSYNC_FAILED, WRITE_FAILED]) {
      const { database, writer } = failingWriter()
      database.failing = { sql: /^COMMIT$/, errcode }
      assert.throws(() => writer.write([change('p1'), change('p2')]), FatalJournalError)
      assert.equal(database.executed.filter((sql) => sql === 'COMMIT').length, 1)
      database.close()
    }
  })

  it('is fatal when a checkpoint was not flushed', () => {
    const { database, writer } = failingWriter()
    writer.write([change('p1')])
    database.failing = { sql: /wal_checkpoint/, errcode: FSYNC_FAILED }
    assert.throws(() => writer.close(), FatalJournalError)
    database.close()
  })

  it('does not pass over a damaged page at a checkpoint, but over a reader that is in its way', () => {
    const { database, writer } = failingWriter()
    writer.write([change('p1')])
    database.failing = { sql: /wal_checkpoint/, errcode: DAMAGED }
    assert.throws(() => writer.close(), { errcode: DAMAGED })
    database.failing = { sql: /wal_checkpoint/, errcode: BUSY }
    writer.close()
    assert.equal(database.isOpen, false)
  })

  it('does not let one operation that cannot be written take the others with it (F22)', () => {
    const { database, writer } = failingWriter()
    const poison = { kind: 'heartbeat', nodeId: { not: 'a text' } as unknown as string, nowMs: 1 } as const
    const results = writer.write([change('p1'), poison, change('p2')])
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['committed', 'failed', 'committed'],
    )
    database.close()
  })

  it('refuses for good what the file has a rule against, for that operation alone (F22)', () => {
    const { database, writer } = failingWriter()
    database.exec(`CREATE TRIGGER rule BEFORE INSERT ON payments WHEN NEW.payment_id = 'p2'
      BEGIN SELECT RAISE(ABORT, 'as the test wants it'); END`)
    const results = writer.write(['p1', 'p2', 'p3'].map(change))
    assert.deepEqual(
      results.map((result) => (result.kind === 'failed' ? result.code : result.kind)),
      ['committed', 'CF_JOURNAL_REFUSED', 'committed'],
    )
    database.close()
  })

  it('ends the process before anybody is told of a commit', async () => {
    // A preload that lets the third commit of the writer's thread fail as a failed flush does.
    const preload = `
      import { DatabaseSync } from 'node:sqlite'
      import { isMainThread } from 'node:worker_threads'
      const exec = DatabaseSync.prototype.exec
      let commits = 0
      if (!isMainThread) DatabaseSync.prototype.exec = function (sql) {
        if (sql === 'COMMIT' && ++commits === 3)
          throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: ${FSYNC_FAILED} })
        return exec.call(this, sql)
      }`
    const script = `
      const { sqliteJournal } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
      const { opening } = await import(
        ${JSON.stringify(new URL('../../testkit/journal-samples.ts', import.meta.url).href)})
      const journal = sqliteJournal(${JSON.stringify(path)}, { reserveBytes: 4096 })
      await journal.open({ nodeId: 'node-1' })
      for (let index = 1; index < 10; index++)
        await journal.append(opening('p' + index)).then(
          () => console.log('p' + index),
          (error) => console.log('told ' + error.code))`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` },
    })
    const [said, complained, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number]>,
    ])
    assert.equal(code, EXIT_CODE_DISK_FAILED, complained)
    assert.equal(said, 'p1\np2\n')
    assert.match(complained, /^counterfoil: .*payments\.db: disk I\/O error.*\n$/)
    const journal = sqliteJournal(path, { reserveBytes: 4096 })
    await journal.open({ nodeId: 'node-1' })
    assert.equal((await journal.read('p2'))?.version, 1)
    await journal.close()
  })
})

describe('a writer that is gone', () => {
  it('rejects what is pending and all that comes later, and frees the journal', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-gone-'))
    const path = join(folder, 'payments.db')
    const fatal: string[] = []
    const startWriter = async () => {
      const onFatal = (text: string): void => void fatal.push(text)
      const thread = await startWriterThread({ path, reserveBytes: 4096, onFatal })
      return {
        write: (operations: readonly WriteOperation[]) => {
          // What the thread cannot read ends it, as a fault of its own would.
          const isBomb = operations.some(({ kind }) => kind === 'heartbeat')
          return thread.write(isBomb ? (null as unknown as readonly WriteOperation[]) : operations)
        },
        close: () => thread.close(),
      }
    }
    const journal = new SqliteJournal({ path, startWriter, makeRoom: () => undefined })
    await journal.open({ nodeId: 'node-1' })
    await journal.append(opening('p1'))
    const gone = { code: 'CF_JOURNAL_UNAVAILABLE' }
    const pending = [journal.append(opening('p2')), journal.heartbeat('node-1', 1)]
    for (const one of pending) await assert.rejects(one, { ...gone, message: /properties of null/ })
    await assert.rejects(journal.append(following('p1', 1)), gone)
    await assert.rejects(journal.append(following('p1', 1)), gone)
    assert.equal((await journal.read('p1'))?.version, 1)
    assert.equal(await journal.read('p2'), undefined)
    assert.deepEqual(fatal, [])
    await assert.rejects(journal.close(), gone)
    const next = sqliteJournal(path, { reserveBytes: 4096 })
    await next.open({ nodeId: 'node-1' })
    assert.equal((await next.append(opening('p2'))).kind, 'committed')
    await next.close()
    rmSync(folder, { recursive: true })
  })
})
