import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { nthChange } from '../../testkit/journal-samples.ts'
import { encodeChange } from '../encoded-change.ts'
import type { Journal } from '../journal.ts'
import { BatchWriter } from './batch-writer.ts'
import { openForWriting, prepareDatabase } from './database.ts'
import { type JournalReader, sqliteJournal, sqliteJournalReader } from './index.ts'

const here = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href)

/** Every part of the journal must agree on how many changes of the payment there are; the answer is that number. */
async function wholeVersionOf(journal: JournalReader, paymentId: string): Promise<number> {
  const stored = await journal.read(paymentId)
  const version = stored?.version ?? 0
  const history = await journal.history(paymentId)
  assert.deepEqual(
    history.map((append) => append.version),
    Array.from({ length: version }, (_, index) => index + 1),
  )
  assert.equal((await journal.order(`order-of-${paymentId}`))?.revision ?? 0, version)
  if (version > 0) assert.equal(stored?.payment.refusal, `version ${version}`)
  for (let nth = 1; nth <= version + 1; nth++) {
    const found = await journal.findByReference(`${paymentId}-r${nth}`)
    assert.equal(found?.version, nth <= version ? version : undefined)
  }
  return version
}

describe('a crash of the owner (F9)', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-crash-'))
    path = join(folder, 'payments.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  async function openAgain(): Promise<Journal> {
    const journal = sqliteJournal(path, { reserveBytes: 4096 })
    await journal.open({ nodeId: 'after-the-crash' })
    return journal
  }

  it('keeps every acknowledged change whole, and every other whole or not at all, wherever it is killed', async () => {
    const LINES = 24
    /** Each line is one payment that is changed again and again; each change is reported once acknowledged. */
    const script = (from: readonly number[]): string => `
      import { writeSync } from 'node:fs'
      const { sqliteJournal } = await import(${here('./index.ts')})
      const { nthChange } = await import(${here('../../testkit/journal-samples.ts')})
      const journal = sqliteJournal(${JSON.stringify(path)}, { reserveBytes: 4096 })
      await journal.open({ nodeId: 'to-be-killed' })
      const line = async (index, version) => {
        for (;;) {
          const { kind } = await journal.append(nthChange('p' + index, ++version))
          if (kind !== 'committed') throw new Error(kind)
          writeSync(1, index + ' ' + version + '\\n')
        }
      }
      await Promise.all(${JSON.stringify(from)}.map((version, index) => line(index, version)))`
    const acknowledged = Array.from({ length: LINES }, () => 0)
    let stored = [...acknowledged]
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script(stored)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const chunks: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      await once(child.stdout, 'data')
      await sleep(5 + Math.random() * 60)
      child.kill('SIGKILL')
      await once(child, 'close')
      for (const report of Buffer.concat(chunks).toString().split('\n').slice(0, -1)) {
        const [index, version] = report.split(' ').map(Number)
        acknowledged[index ?? NaN] = version ?? NaN
      }
      const journal = await openAgain()
      stored = []
      for (let index = 0; index < LINES; index++) stored.push(await wholeVersionOf(journal, `p${index}`))
      await journal.close()
      for (const [index, version] of acknowledged.entries()) {
        const found = stored[index] ?? 0
        assert.ok(found === version || found === version + 1, `p${index}: ${version} known, ${found} stored`)
      }
    }
    assert.ok(acknowledged.every((version) => version > 0))
  })

  describe('with the end of the log torn off', () => {
    const BATCHES = 12
    const BATCH = ['p1', 'p2', 'p3']

    /** The database file and its log as they are after so many batches and no checkpoint. */
    function filesAfterBatches(): { readonly database: Buffer; readonly log: Buffer } {
      const original = join(folder, 'original.db')
      prepareDatabase(original)
      const database = openForWriting(original)
      const room = { bytes: 1, ensure: () => true, release: () => undefined }
      const writer = new BatchWriter({ path: original, database, reserve: room, nowMs: () => 0 })
      for (let version = 1; version <= BATCHES; version++) {
        const results = writer.write(
          BATCH.map((id) => ({ kind: 'change', change: encodeChange(nthChange(id, version)) })),
        )
        assert.ok(results.every(({ kind }) => kind === 'committed'))
      }
      copyFileSync(original, path)
      const files = { database: readFileSync(original), log: readFileSync(`${original}-wal`) }
      writer.close()
      return files
    }

    /** How many batches are there after recovery; each must be there in full. */
    async function recover(database: Buffer, log: Buffer): Promise<number> {
      writeFileSync(path, database)
      writeFileSync(`${path}-wal`, log)
      prepareDatabase(path)
      const reader = await sqliteJournalReader(path)
      const versions = new Set<number>()
      for (const id of BATCH) versions.add(await wholeVersionOf(reader, id))
      await reader.close()
      assert.equal(versions.size, 1, `a batch is there in part: versions ${[...versions].join(', ')}`)
      return [...versions][0] ?? NaN
    }

    it('keeps the batches before the tear, each in full', async () => {
      const { database, log } = filesAfterBatches()
      const lengths = Array.from({ length: 22 }, () => Math.floor(Math.random() * log.length)).sort(
        (a, b) => a - b,
      )
      let before = 0
      const kept = new Set<number>()
      for (const length of lengths) {
        const count = await recover(database, log.subarray(0, length))
        assert.ok(count >= before, `${count} batches of ${length} bytes, and ${before} of fewer`)
        before = count
        kept.add(count)
      }
      assert.ok(kept.size > 3, 'the tears were all in one place')
      assert.equal(await recover(database, log), BATCHES)
      assert.equal(await recover(database, Buffer.alloc(0)), 0)
    })

    it('keeps the batches before a byte that the disk got wrong, each in full', async () => {
      const { database, log } = filesAfterBatches()
      for (let tries = 0; tries < 8; tries++) {
        const position = Math.floor(log.length / 2 + (Math.random() * log.length) / 2)
        const damaged = Buffer.from(log)
        damaged[position] = (damaged[position] ?? 0) ^ 0xff
        const count = await recover(database, damaged)
        assert.ok(count > 0 && count < BATCHES, `${count} batches with byte ${position} damaged`)
      }
    })
  })
})
