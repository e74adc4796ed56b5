import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { sqliteTries } from './sqlite-tries.ts'
import { tryStoreConformance } from './try-store-conformance.test-data.ts'

class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'counterfoil-tries-'))
  readonly file = join(this.path, 'tries.db');

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true })
  }
}

tryStoreConformance('tries in SQLite', async (options) => {
  const folder = new Folder()
  let store = sqliteTries(folder.file, options)
  return {
    store,
    reopen: async () => {
      await store.close()
      store = sqliteTries(folder.file, options)
      return store
    },
    dispose: async () => {
      await store.close()
      folder[Symbol.dispose]()
    },
  }
})

const one = (id: string, nowMs = 0) => ({ id, counts: [{ name: 'o', max: 1, withinMs: 1_000 }], nowMs })

/** Is about to write to a file that has no log yet, as whoever opens it first. */
const WRITER = `
  const { DatabaseSync } = require('node:sqlite')
  const { parentPort, workerData } = require('node:worker_threads')
  const database = new DatabaseSync(workerData)
  database.exec('BEGIN IMMEDIATE')
  parentPort.postMessage('about to write')
  setTimeout(() => database.close(), 200)
`

describe('the file of tries', () => {
  it('is made with its folder, and is shared by processes that overlap', async () => {
    using folder = new Folder()
    const path = join(folder.path, 'deep', 'tries.db')
    const old = sqliteTries(path)
    const fresh = sqliteTries(path)
    assert.deepEqual(await old.take(one('a')), { kind: 'taken' })
    assert.deepEqual(await fresh.take(one('b')), { kind: 'full', names: ['o'] })
    await old.close()
    await old.close()
    assert.deepEqual(await fresh.take(one('a')), { kind: 'again' })
    await fresh.close()
  })

  it('is waited for while another process makes it', async () => {
    using folder = new Folder()
    const other = new Worker(WRITER, { eval: true, workerData: folder.file })
    await once(other, 'message')
    const store = sqliteTries(folder.file)
    assert.deepEqual(await store.take(one('a')), { kind: 'taken' })
    await store.close()
    await once(other, 'exit')
  })

  it('loses nothing when its process ends without a word', async () => {
    using folder = new Folder()
    const store = sqliteTries(folder.file)
    await store.take(one('a'))
    const copy = join(folder.path, 'copy.db')
    // As kill -9 would leave them: neither closed nor checkpointed.
    for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(folder.file + suffix))
    const found = sqliteTries(copy)
    assert.deepEqual(await found.take(one('b')), { kind: 'full', names: ['o'] })
    await found.close()
    await store.close()
  })

  it('is cleared of what has ended while tries come in', async () => {
    using folder = new Folder()
    const store = sqliteTries(folder.file)
    const counts = Array.from({ length: 4 }, (_, index) => ({ name: `n${index}`, max: 99, withinMs: 10 }))
    for (let index = 0; index < 40; index++) await store.take({ id: `t${index}`, counts, nowMs: index * 20 })
    const reader = new DatabaseSync(folder.file, { readOnly: true })
    assert.deepEqual({ ...reader.prepare('SELECT count(*) AS n FROM entries').get() }, { n: 4 })
    reader.close()
    await store.close()
  })

  it('is refused by name where it is another database, no database, or no place for one', () => {
    using folder = new Folder()
    const other = new DatabaseSync(folder.file)
    other.exec('CREATE TABLE orders (id TEXT)')
    other.close()
    assert.throws(() => sqliteTries(folder.file), {
      code: 'CF_CONFIG',
      message: /tries\.db.*not one of tries/,
    })
    const text = join(folder.path, 'text.db')
    writeFileSync(text, 'this is no database, and long enough to be looked at '.repeat(20))
    assert.throws(() => sqliteTries(text), { code: 'CF_CONFIG', message: /text\.db/ })
    assert.throws(() => sqliteTries(join(text, 'below')), { code: 'CF_CONFIG', message: /below/ })
    assert.throws(() => sqliteTries(folder.file, { entriesMax: 0 }), {
      code: 'CF_CONFIG',
      message: /entriesMax/,
    })
  })

  it('takes thousands of tries a second: commits wait for no disk', async () => {
    using folder = new Folder()
    const store = sqliteTries(folder.file)
    const startedMs = performance.now()
    for (let index = 0; index < 4_000; index++) {
      const counts = [`o${index}`, `c${index}`, 's', 'a'].map((name) => ({
        name,
        max: 5_000,
        withinMs: 90_000,
      }))
      await store.take({ id: `t${index}`, counts, nowMs: index })
    }
    assert.ok(performance.now() - startedMs < 10_000)
    await store.close()
  })
})
