import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { orderBookConformance, sampleBooking } from '../../../testkit/order-book-conformance.ts'
import type { OrderBook } from '../../order-book.ts'
import { sqliteOrderBook } from './index.ts'

const UNAVAILABLE = { code: 'CF_ORDER_BOOK_UNAVAILABLE' }

orderBookConformance('the order book in SQLite', {
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-orders-'))
    const opened: OrderBook[] = []
    const open = async (): Promise<OrderBook> => {
      const book = sqliteOrderBook(join(folder, 'deep/er/orders.db'))
      await book.open()
      opened.push(book)
      return book
    }
    const book = await open()
    return {
      book,
      beside: open,
      reopen: async () => {
        await book.close()
        return open()
      },
      dispose: async () => {
        for (const each of opened) await each.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
})

describe('the file of an order book', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-orders-'))
    path = join(folder, 'orders.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const here = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href)

  /** A program that books orders one after the other, and says so of each once it is acknowledged. */
  const booking = `
    import { writeSync } from 'node:fs'
    const { sqliteOrderBook } = await import(${here('./index.ts')})
    const { sampleBooking } = await import(${here('../../../testkit/order-book-conformance.ts')})
    const book = sqliteOrderBook(process.argv[1])
    await book.open()
    const line = async (letter) => {
      for (let nth = 0; ; nth++) {
        await book.book(sampleBooking(letter + '-' + nth))
        writeSync(1, letter + '-' + nth + '\\n')
      }
    }
    try {
      await Promise.all([...'ABCDEFGH'].map(line))
    } catch (error) {
      const reread = await book.find('A-0').then(() => 'still answers', ({ code }) => code)
      const again = await book.book(sampleBooking('Z')).then(() => 'still books', ({ code }) => code)
      writeSync(1, ['!', error.code, reread, again].join(' ') + '\\n')
      process.exit(0)
    }`

  async function acknowledgedBefore(end: (printed: string) => boolean, before = ''): Promise<string[]> {
    const program = `${before} exec "$0" --input-type=module --eval "$1" "$2"`
    const child = spawn('bash', ['-c', program, process.execPath, booking, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (end(printed)) child.kill('SIGKILL')
    })
    await text(child.stdout)
    return printed.split('\n').slice(0, -1)
  }

  it('keeps every acknowledged order over a kill, with its key', async () => {
    const lines = await acknowledgedBefore((printed) => printed.length > 2_000)
    assert.ok(lines.length > 100)
    const book = sqliteOrderBook(path)
    await book.open()
    for (const id of lines) {
      assert.ok(await book.find(id), id)
      assert.equal((await book.book(sampleBooking(id))).kind, 'answered', id)
    }
    await book.close()
  })

  it('answers no more after an error of the disk, and has what it had acknowledged when it is opened again (F10)', async () => {
    // A file cannot grow beyond this: the write fails, which is no full disk that could be made room on.
    const lines = await acknowledgedBefore(() => false, "trap '' XFSZ; ulimit -f 512;")
    assert.equal(lines.pop(), `! ${'CF_ORDER_BOOK_UNAVAILABLE '.repeat(3)}`.trim())
    assert.ok(lines.length > 10)
    const book = sqliteOrderBook(path)
    await book.open()
    for (const id of lines) assert.ok(await book.find(id), id)
    await book.close()
  })

  it('is refused when it is something else, and left as it is', async () => {
    writeFileSync(path, 'no database, but a text that is long enough to look at'.repeat(40))
    await assert.rejects(sqliteOrderBook(path).open(), UNAVAILABLE)
    rmSync(path)
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE orders (id TEXT)')
    await assert.rejects(sqliteOrderBook(path).open(), /no order book of Counterfoil/)
    assert.equal(other.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'delete')
    other.close()
  })

  it('is refused when a newer version wrote it', async () => {
    const book = sqliteOrderBook(path)
    await book.open()
    await book.close()
    const raw = new DatabaseSync(path)
    raw.exec('PRAGMA user_version = 99')
    raw.close()
    await assert.rejects(sqliteOrderBook(path).open(), /schema 99, and this version knows up to 1/)
  })

  it('may be tried again after it could not be opened', async () => {
    writeFileSync(join(folder, 'file'), '')
    const below = sqliteOrderBook(join(folder, 'file', 'orders.db'))
    await assert.rejects(below.open(), UNAVAILABLE)
    rmSync(join(folder, 'file'))
    await below.open()
    assert.equal(await below.find('A-1'), undefined)
    await below.close()
  })

  it('does not keep a process alive that has nothing else to do', async () => {
    const program = `
      const { sqliteOrderBook } = await import(${here('./index.ts')})
      await sqliteOrderBook(process.argv[1]).open()
      console.log('open')`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program, path])
    assert.equal(await text(child.stdout), 'open\n')
  })
})
