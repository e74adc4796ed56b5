import assert from 'node:assert/strict'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { opening } from '../../testkit/journal-samples.ts'
import type { Journal } from '../journal.ts'
import { numberIn } from './column.ts'
import { openForReading, prepareDatabase } from './database.ts'
import { sqliteJournal, sqliteJournalReader } from './index.ts'
import { migrations } from './migrations.ts'

const owner = { nodeId: 'node-1' }
const options = { reserveBytes: 64 * 1024 }
/** The user nobody: root may write everything, so as root the tests of rights borrow another user's. */
const NOBODY = 65_534

describe('opening a journal in SQLite', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-open-'))
    path = join(folder, 'payments.db')
  })
  afterEach(() => {
    chmodSync(folder, 0o700)
    rmSync(folder, { recursive: true })
  })

  async function withJournal(work: (journal: Journal) => Promise<void>): Promise<void> {
    const journal = sqliteJournal(path, options)
    await journal.open(owner)
    try {
      await work(journal)
    } finally {
      await journal.close()
    }
  }

  const writeOne = () => withJournal(async (journal) => void (await journal.append(opening('p1'))))

  async function withoutRights(work: () => Promise<void>): Promise<void> {
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(NOBODY)
    try {
      await work()
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  }

  it('creates the folder, the file and its reserve, and leaves no log after closing', async () => {
    path = join(folder, 'new', 'payments.db')
    await writeOne()
    assert.deepEqual(readdirSync(join(folder, 'new')).sort(), [
      'payments.db',
      'payments.db-owner.db',
      'payments.db-reserve',
    ])
  })

  it('refuses a journal of a newer version, for writing and for reading, and leaves it as it is', async () => {
    await writeOne()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    await assert.rejects(sqliteJournal(path, options).open(owner), { code: 'CF_JOURNAL_NEWER' })
    await assert.rejects(sqliteJournalReader(path), { code: 'CF_JOURNAL_NEWER' })
    const after = new DatabaseSync(path, { readOnly: true })
    assert.equal(after.prepare('PRAGMA user_version').get()?.['user_version'], 99)
    after.close()
  })

  it('refuses a file that is no database, and says so', async () => {
    writeFileSync(
      path,
      'This is a letter to my aunt, and much longer than the header of a database. '.repeat(20),
    )
    await assert.rejects(sqliteJournal(path, options).open(owner), { code: 'CF_JOURNAL_CORRUPT' })
    await assert.rejects(sqliteJournalReader(path), { code: 'CF_JOURNAL_CORRUPT' })
  })

  it('makes a journal of an empty file, as a crash of the first start leaves it', async () => {
    writeFileSync(path, '')
    await assert.rejects(sqliteJournalReader(path), { code: 'CF_JOURNAL_UNAVAILABLE', message: /migrate/ })
    await writeOne()
  })

  it('refuses a database of somebody else, and adds nothing to it', async () => {
    const database = new DatabaseSync(path)
    database.exec('CREATE TABLE recipes (name TEXT)')
    database.close()
    await assert.rejects(sqliteJournal(path, options).open(owner), { code: 'CF_JOURNAL_CORRUPT' })
    const after = new DatabaseSync(path, { readOnly: true })
    assert.equal(after.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'], 1)
    after.close()
  })

  it('says that a page is damaged when it reads or writes it', async () => {
    await writeOne()
    const database = new DatabaseSync(path)
    const root = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'payments'").get()
    const size = database.prepare('PRAGMA page_size').get()
    database.close()
    damagePage(path, numberIn(root, 'rootpage'), numberIn(size, 'page_size'))
    await withJournal(async (journal) => {
      await assert.rejects(journal.list({ limit: 10 }), { code: 'CF_JOURNAL_CORRUPT' })
      await assert.rejects(journal.append(opening('p2')), { code: 'CF_JOURNAL_CORRUPT' })
    })
  })

  it('says that a snapshot is damaged when it reads it, and still reads the others', async () => {
    await withJournal(async (journal) => {
      await journal.append(opening('p1'))
      await journal.append(opening('p2'))
    })
    const database = new DatabaseSync(path)
    database.exec("UPDATE payments SET snapshot = '{' WHERE payment_id = 'p1'")
    database.close()
    const reader = await sqliteJournalReader(path)
    await assert.rejects(reader.read('p1'), { code: 'CF_JOURNAL_CORRUPT' })
    assert.equal((await reader.read('p2'))?.version, 1)
    await reader.close()
  })

  it('says that the folder is read only', async () => {
    chmodSync(folder, 0o555)
    await withoutRights(async () => {
      await assert.rejects(sqliteJournal(path, options).open(owner), { code: 'CF_JOURNAL_READ_ONLY' })
    })
    assert.deepEqual(readdirSync(folder), [])
  })

  it('says that the file is read only, although its folder is not', async () => {
    await writeOne()
    for (const name of readdirSync(folder)) if (name !== 'payments.db') rmSync(join(folder, name))
    chmodSync(path, 0o444)
    chmodSync(folder, 0o777)
    await withoutRights(async () => {
      await assert.rejects(sqliteJournal(path, options).open(owner), { code: 'CF_JOURNAL_READ_ONLY' })
    })
  })

  it('gives ownership back when opening fails', async () => {
    writeFileSync(path, 'no database at all, but long enough to be one '.repeat(20))
    await assert.rejects(sqliteJournal(path, options).open(owner), { code: 'CF_JOURNAL_CORRUPT' })
    rmSync(path)
    await writeOne()
  })

  it('reads beside an owner, and sees what it commits', async () => {
    await withJournal(async (journal) => {
      const reader = await sqliteJournalReader(path)
      assert.equal(await reader.read('p1'), undefined)
      await journal.append(opening('p1', {}, { references: ['r1'] }))
      assert.equal((await reader.findByReference('r1'))?.version, 1)
      await reader.close()
    })
  })

  it('reads without an owner, also where it may not write', async () => {
    await writeOne()
    chmodSync(folder, 0o555)
    await withoutRights(async () => {
      const reader = await sqliteJournalReader(path)
      assert.equal((await reader.list({ limit: 1 })).payments.length, 1)
      assert.match(reader.name, /read only/)
      await reader.close()
      await assert.rejects(reader.read('p1'), { code: 'CF_JOURNAL_UNAVAILABLE' })
    })
  })

  it('says to a reader that there is no journal, and makes none', async () => {
    await assert.rejects(sqliteJournalReader(path), {
      code: 'CF_JOURNAL_UNAVAILABLE',
      message: /no journal at/,
    })
    assert.equal(existsSync(path), false)
  })

  describe('migrations', () => {
    const later = [...migrations, 'ALTER TABLE nodes ADD COLUMN later TEXT']

    it('brings a journal of an older version forward and keeps its content', async () => {
      await writeOne()
      prepareDatabase(path, later)
      const database = openForReading(path, later)
      assert.deepEqual(
        { ...database.prepare('SELECT count(*) AS n, max(version) AS v FROM payments').get() },
        { n: 1, v: 1 },
      )
      assert.equal(database.prepare('SELECT count(later) AS n FROM nodes').get()?.['n'], 0)
      database.close()
      await assert.rejects(sqliteJournal(path, options).open(owner), { code: 'CF_JOURNAL_NEWER' })
    })

    it('leaves the older schema whole when a migration fails', async () => {
      await writeOne()
      assert.throws(() => prepareDatabase(path, [...later, 'ALTER TABLE nodes ADD COLUMN x TEXT; wrong']))
      const database = openForReading(path, later)
      const columns = database.prepare("SELECT name FROM pragma_table_info('nodes')").all()
      assert.deepEqual(
        columns.map((column) => column['name']),
        ['node_id', 'seen_at_ms', 'later'],
      )
      database.close()
    })

    it('says to a reader of a newer version that the owner has to migrate first', async () => {
      await writeOne()
      assert.throws(() => openForReading(path, later), { code: 'CF_JOURNAL_UNAVAILABLE', message: /migrate/ })
    })
  })
})

/** Overwrites a page of a closed file. */
function damagePage(path: string, page: number, pageBytes: number): void {
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, Buffer.alloc(pageBytes, 0xa5), 0, pageBytes, (page - 1) * pageBytes)
  closeSync(descriptor)
}
