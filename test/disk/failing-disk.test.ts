import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fileSpool } from '../../src/journal/spool/index.ts'
import { sqliteJournal } from '../../src/journal/sqlite/index.ts'
import { type DiskFault, type Ended, FailingDisk, untilOneCompletes } from './failing-disk.ts'

const SPOOL = fileURLToPath(new URL('./spool-program.ts', import.meta.url))
const JOURNAL = fileURLToPath(new URL('./journal-program.ts', import.meta.url))
const EXIT_CODE_DISK_FAILED = 70

const named = (said: readonly string[], word: string): readonly string[] =>
  said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))

/** Every how many operations one fails; which of them come first is another one each time. */
interface Sweep extends Omit<DiskFault, 'at'> {
  readonly every: number
}

const EVERY = Number(process.env['DISK_EVERY'] ?? 0)
const sweep = (every: number, fault: Omit<DiskFault, 'at'>): Sweep => ({ ...fault, every: EVERY || every })
const nameOf = ({ code, forEver }: Omit<DiskFault, 'at'>): string =>
  `${code}${forEver === true ? ' for ever' : ''}`

const SPOOL_SWEEPS: readonly Sweep[] = [
  sweep(1, { code: 'EIO' }),
  sweep(3, { code: 'ENOSPC' }),
  sweep(5, { code: 'EIO', forEver: true }),
  sweep(5, { code: 'ENOSPC', forEver: true }),
]
/** It does far more until it is open. */
const JOURNAL_SWEEPS: readonly Sweep[] = [
  sweep(8, { code: 'EIO' }),
  sweep(8, { code: 'ENOSPC' }),
  sweep(24, { code: 'EIO', forEver: true }),
  sweep(24, { code: 'ENOSPC', forEver: true }),
]

describe('a disk that fails at its n-th operation, and then loses its power (F9, F10, F11)', () => {
  let disk: FailingDisk
  before(() => {
    disk = new FailingDisk()
  })
  after(() => disk?.[Symbol.dispose]())

  async function play(
    program: string,
    name: string,
    { every, ...fault }: Sweep,
    assertFound: (path: string, ended: Ended, where: string) => Promise<void>,
  ) {
    const ends = new Set<string>()
    const from = randomInt(1, every + 1)
    const struck = await untilOneCompletes({ from, every }, async (at) => {
      using place = disk.newPlace()
      const path = place.path(name)
      const ended = await place.run(program, path, { ...fault, at })
      ends.add(endOf(ended))
      place.powerCut()
      await assertFound(path, ended, `${nameOf(fault)} at ${at}`)
      return ended
    })
    return { struck, ends, from }
  }

  for (const fault of SPOOL_SWEEPS) {
    it(`takes nothing from the spool that was told to be kept: ${nameOf(fault)}`, async (t) => {
      const { struck, ends, from } = await play(SPOOL, 'answers.spool', fault, assertSpool)
      t.diagnostic(`${struck} runs from ${from} on were struck; they ended by ${[...ends].join(', ')}`)
      assert.ok(struck * fault.every > 30, `${struck} runs`)
      assert.ok(ends.has('SIGKILL'), 'it lived on where nothing was in doubt')
      if (fault.every === 1 && fault.code === 'EIO')
        assert.ok(ends.has(String(EXIT_CODE_DISK_FAILED)), 'it ended itself where it was')
    })
  }

  for (const fault of JOURNAL_SWEEPS) {
    it(`takes nothing from the SQLite journal that was told to be committed: ${nameOf(fault)}`, async (t) => {
      const { struck, ends, from } = await play(JOURNAL, 'payments.db', fault, assertJournal)
      t.diagnostic(`${struck} runs from ${from} on were struck; they ended by ${[...ends].join(', ')}`)
      assert.ok(struck * fault.every > 50, `${struck} runs`)
    })
  }

  it('would be found out if it were told before it is flushed: an unflushed write is lost', async () => {
    using place = disk.newPlace()
    const path = place.path('notes')
    const program = place.path('../program.mjs')
    writeFileSync(
      program,
      `import { openSync, writeSync, fsyncSync } from 'node:fs'
       const fd = openSync(process.argv[2], 'w')
       writeSync(fd, 'flushed ')
       fsyncSync(fd)
       writeSync(fd, 'and not')
       process.kill(process.pid, 'SIGKILL')`,
    )
    await place.run(program, path, undefined)
    assert.equal(readFileSync(path, 'utf8'), 'flushed and not')
    place.powerCut()
    assert.ok(existsSync(path))
    assert.equal(readFileSync(path, 'utf8'), 'flushed ')
  })
})

function endOf({ code, signal, complained }: Ended): string {
  if (signal === null) assert.ok(code === EXIT_CODE_DISK_FAILED, `it ended with ${code}: ${complained}`)
  return signal ?? String(code)
}

async function assertSpool(path: string, { said, complained }: Ended, where: string): Promise<void> {
  const spool = fileSpool(path, { bytes: 64 * 1024 })
  await spool.open({ nodeId: 'after' })
  const found = new Set(spool.entries().map(({ id }) => id))
  await spool.close()
  const removing = new Set(named(said, 'removing'))
  const shown = `${where}\n${said.join('\n')}\n${complained}\nfound ${[...found].join(' ')}`
  for (const id of named(said, 'added'))
    assert.ok(found.has(id) || removing.has(id), `${id} is there: ${shown}`)
  for (const id of named(said, 'removed')) assert.ok(!found.has(id), `${id} is gone: ${shown}`)
  const adding = new Set(named(said, 'adding'))
  for (const id of found) assert.ok(adding.has(id), `${id} was asked for: ${shown}`)
}

async function assertJournal(path: string, { said, complained }: Ended, where: string): Promise<void> {
  const journal = sqliteJournal(path, { reserveBytes: 4096 })
  await journal.open({ nodeId: 'after' })
  const shown = `${where}\n${said.join('\n')}\n${complained}`
  for (const id of named(said, 'added')) assert.equal((await journal.read(id))?.version, 1, `${id}: ${shown}`)
  await journal.close()
}
