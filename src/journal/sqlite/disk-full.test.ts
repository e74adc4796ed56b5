import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test'
import { following, opening, sampleEvents } from '../../testkit/journal-samples.ts'
import { encodeChange } from '../encoded-change.ts'
import type { Change } from '../journal.ts'
import { BatchWriter } from './batch-writer.ts'
import { numberIn } from './column.ts'
import { openForWriting, prepareDatabase } from './database.ts'
import { sqliteJournal, sqliteJournalReader } from './index.ts'
import type { WriteOperation } from './operation.ts'
import { fileReserve, type Reserve } from './reserve.ts'
import { SqliteJournal } from './sqlite-journal.ts'

/** What the disk holds in pages, and how many of them the reserve takes. */
const DISK_PAGES = 100
const RESERVE_PAGES = 40

/**
 * A disk of limited size: SQLite itself answers SQLITE_FULL past a limit of pages, and giving the reserve back
 * raises the limit by as many pages as it took.
 */
class SmallDisk implements Reserve {
  readonly #database: DatabaseSync
  #diskPages = DISK_PAGES
  #isTaken = false
  readonly bytes = RESERVE_PAGES * 4096
  releases = 0

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#limit()
  }

  ensure(): boolean {
    if (this.#isTaken) return true
    const used = numberIn(this.#database.prepare('PRAGMA page_count').get(), 'page_count')
    this.#isTaken = used + RESERVE_PAGES <= this.#diskPages
    this.#limit()
    return this.#isTaken
  }

  release(): void {
    this.releases++
    this.#isTaken = false
    this.#limit()
  }

  /** Somebody makes room on the disk. */
  grow(pages: number): void {
    this.#diskPages += pages
    this.#limit()
  }

  #limit(): void {
    const pages = this.#diskPages - (this.#isTaken ? RESERVE_PAGES : 0)
    this.#database.exec(`PRAGMA max_page_count = ${pages}`)
  }
}

const changeOf = (change: Change): WriteOperation => ({ kind: 'change', change: encodeChange(change) })

describe('a full disk (F11)', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-full-'))
    path = join(folder, 'payments.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  async function openSmall() {
    prepareDatabase(path)
    const database = openForWriting(path)
    const disk = new SmallDisk(database)
    let nowMs = 1_000_000
    const writer = new BatchWriter({ path, database, reserve: disk, nowMs: () => nowMs })
    const startWriter = async () => ({
      write: async (operations: readonly WriteOperation[]) => writer.write(operations),
      close: async () => writer.close(),
    })
    const journal = new SqliteJournal({ path, startWriter, makeRoom: () => undefined })
    await journal.open({ nodeId: 'node-1' })
    const pass = (durationMs: number): void => {
      nowMs += durationMs
    }
    return { journal, disk, pass }
  }

  /** Opens payments until one is refused; the answer says how many were opened. */
  async function fill(journal: SqliteJournal): Promise<number> {
    for (let count = 0; count < 1_000; count++) {
      try {
        await journal.append(opening(`p${1000 + count}`))
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'CF_JOURNAL_FULL')
        return count
      }
    }
    return assert.fail('the disk never became full')
  }

  it('refuses new payments and takes the answers of those that are on their way', async () => {
    const { journal, disk } = await openSmall()
    const count = await fill(journal)
    assert.ok(count > 5)
    assert.equal(disk.releases, 1)
    for (let index = 0; index < 5; index++) {
      const answer = following(`p${1000 + index}`, 1, { status: 'paid' })
      assert.deepEqual(await journal.append(answer), { kind: 'committed' })
    }
    await journal.heartbeat('node-1', 7)
    await journal.receive({
      id: 'n1',
      gateway: 'example',
      receivedAtMs: 1,
      raw: '<paid/>',
      isAuthentic: true,
      callerAddress: undefined,
    })
    await assert.rejects(journal.append(opening('late')), { code: 'CF_JOURNAL_FULL' })
    assert.equal(await journal.read('late'), undefined)
    assert.equal((await journal.read('p1000'))?.payment.status, 'paid')
    assert.equal((await journal.list({ limit: 1000 })).payments.length, count)
    await journal.close()
  })

  it('gives each change of the batch that met it its own answer', async () => {
    const { journal } = await openSmall()
    await journal.append(opening('p1'))
    const many = Array.from({ length: 60 }, (_, index) => journal.append(opening(`q${index}`)))
    const answer = journal.append(following('p1', 1, { status: 'paid' }))
    const conflicting = journal.append(following('p1', 9))
    const settled = await Promise.allSettled(many)
    assert.ok(settled.every((one) => one.status === 'rejected' && one.reason.code === 'CF_JOURNAL_FULL'))
    assert.deepEqual(await answer, { kind: 'committed' })
    assert.deepEqual(await conflicting, { kind: 'conflict', on: 'version' })
    assert.equal((await journal.list({ limit: 1000 })).payments.length, 1)
    await journal.close()
  })

  it('refuses also answers when the reserve is used up, loses nothing, and says the truth', async () => {
    const { journal } = await openSmall()
    const count = await fill(journal)
    let version = 1
    await assert.rejects(
      async () => {
        for (; version < 1_000; version++) {
          await journal.append(following('p1000', version, {}, { events: sampleEvents('p1000') }))
        }
      },
      { code: 'CF_JOURNAL_FULL' },
    )
    assert.ok(version > 10)
    assert.equal((await journal.read('p1000'))?.version, version)
    assert.equal((await journal.history('p1000')).length, version)
    assert.equal((await journal.list({ limit: 1000 })).payments.length, count)
    await journal.close()
  })

  it('opens payments again once there is room, and takes its reserve again first', async () => {
    const { journal, disk, pass } = await openSmall()
    await fill(journal)
    disk.grow(100)
    await assert.rejects(journal.append(opening('too-soon')), { code: 'CF_JOURNAL_FULL' })
    pass(10_000)
    assert.deepEqual(await journal.append(opening('later')), { kind: 'committed' })
    await fill(journal)
    assert.equal(disk.releases, 2)
    assert.deepEqual(await journal.append(following('later', 1)), { kind: 'committed' })
    await journal.close()
  })

  describe('and the copy of the log, which takes room as well', () => {
    /** A writer on a disk that has just become full, and what it asked SQLite for since it was opened. */
    function fullWriter(reserveBytes: number) {
      prepareDatabase(path)
      const database = openForWriting(path)
      const reserve = { bytes: reserveBytes, ensure: () => true, release: () => undefined }
      const writer = new BatchWriter({ path, database, reserve, nowMs: () => 0 })
      assert.equal(writer.write([changeOf(opening('p1'))])[0]?.kind, 'committed')
      database.exec('PRAGMA max_page_count = 1')
      const fillers = Array.from({ length: 60 }, (_, index) => changeOf(opening(`f${index}`)))
      assert.equal(writer.write(fillers)[0]?.kind, 'failed')
      database.exec('PRAGMA max_page_count = 1000000')
      return writer
    }

    function answer(writer: BatchWriter, first: number, last: number): void {
      for (let version = first; version <= last; version++) {
        assert.equal(writer.write([changeOf(following('p1', version))])[0]?.kind, 'committed')
        writer.checkpointIfLong()
      }
    }

    const logBytes = (): number => statSync(`${path}-wal`).size

    it('copies it at once where that fits, so that the log begins anew in its place', () => {
      const writer = fullWriter(1024 * 1024 * 1024)
      const before = logBytes()
      answer(writer, 1, 5)
      assert.equal(logBytes(), before)
      writer.close()
      assert.equal(logBytes(), 0)
    })

    it('goes on copying it, so that many more answers fit than the log has room for', () => {
      const writer = fullWriter(1024 * 1024 * 1024)
      answer(writer, 1, 250)
      const once = logBytes()
      answer(writer, 251, 500)
      assert.ok(logBytes() <= once * 1.1, `${logBytes()} bytes after ${once}`)
      writer.close()
    })

    it('leaves it where its copy might not fit, also when it closes, and loses nothing', async () => {
      const writer = fullWriter(1)
      const before = logBytes()
      answer(writer, 1, 20)
      assert.ok(logBytes() > before)
      const atTheEnd = logBytes()
      writer.close()
      assert.equal(logBytes(), atTheEnd)
      const reader = await sqliteJournalReader(path)
      assert.equal((await reader.read('p1'))?.version, 21)
      await reader.close()
    })
  })

  describe('the reserve in a file', () => {
    const bytes = 300_000

    it('takes room on the disk, and gives it back', () => {
      const reserve = fileReserve(path, bytes)
      assert.equal(reserve.ensure(), true)
      const { size, blocks } = statSync(`${path}-reserve`)
      assert.equal(size, bytes)
      assert.ok(blocks * 512 >= bytes)
      assert.equal(reserve.ensure(), true)
      reserve.release()
      assert.equal(existsSync(`${path}-reserve`), false)
      reserve.release()
    })

    it('is made again when a crash left half of it', () => {
      writeFileSync(`${path}-reserve`, 'half')
      assert.equal(fileReserve(path, bytes).ensure(), true)
      assert.equal(statSync(`${path}-reserve`).size, bytes)
    })

    it('says that there is no room, and takes none', () => {
      symlinkSync('/dev/full', `${path}-reserve`)
      assert.equal(fileReserve(path, bytes).ensure(), false)
      assert.equal(existsSync(`${path}-reserve`), false)
      assert.equal(statSync('/dev/full').isCharacterDevice(), true)
    })
  })

  describe('that is found so at the start', () => {
    /** Nothing that the main thread writes fits while `isFull`: SQLite says SQLITE_FULL. */
    function fullWhile(t: TestContext, isFull: (sql: string) => boolean): void {
      const exec = DatabaseSync.prototype.exec
      t.mock.method(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, sql: string) {
        if (isFull(sql)) {
          throw Object.assign(new Error('database or disk is full'), {
            code: 'ERR_SQLITE_ERROR',
            errcode: 13,
          })
        }
        exec.call(this, sql)
      })
    }

    async function openAndClose(): Promise<void> {
      const journal = sqliteJournal(path, { reserveBytes: 4096 })
      await journal.open({ nodeId: 'node-1' })
      await journal.close()
    }

    it('gives the reserve for opening, because what was under way needs its journal', async (t) => {
      await openAndClose()
      fullWhile(t, () => existsSync(`${path}-reserve`) && statSync(`${path}-reserve`).size === 1)
      await openAndClose()
      writeFileSync(`${path}-reserve`, 'x')
      await openAndClose()
      assert.equal(statSync(`${path}-reserve`).size, 4096)
    })

    it('opens where only forgetting who was at work here before does not fit', async (t) => {
      await openAndClose()
      let refused = 0
      fullWhile(t, (sql) => sql === 'DELETE FROM nodes' && ++refused > 0)
      await openAndClose()
      assert.equal(refused, 1, 'the reserve was not needed')
    })

    it('says so when there is no reserve any more', async (t) => {
      await openAndClose()
      fullWhile(t, () => true)
      await assert.rejects(openAndClose(), { code: 'CF_JOURNAL_FULL' })
    })
  })

  it('opens on a full disk, without a reserve, for answers only', async () => {
    prepareDatabase(path)
    const database = openForWriting(path)
    const reserve = { bytes: 1, ensure: () => false, release: () => undefined }
    const writer = new BatchWriter({ path, database, reserve, nowMs: () => 0 })
    const [refused, stored] = writer.write([
      changeOf(opening('p1')),
      { kind: 'heartbeat', nodeId: 'node-1', nowMs: 1 },
    ])
    assert.equal(refused?.kind, 'failed')
    assert.equal(stored?.kind, 'committed')
    writer.close()
  })
})
