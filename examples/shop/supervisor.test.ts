import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Supervised, type SupervisorLimits, supervise } from './supervisor.ts'

const QUICK: SupervisorLimits = { restartsMax: 3, firstPauseMs: 5, longestPauseMs: 15, soundAfterMs: 60_000 }
const GONE_WITHIN_MS = 10_000

/** Runs a small program under a supervisor; each of its lives writes a letter, which `lives` counts. */
function running(t: TestContext, program: string, options: Partial<Supervised> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-supervisor-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'lives')
  writeFileSync(file, '')
  const said: string[] = []
  const supervisor = supervise({
    command: ['-e', `require('node:fs').appendFileSync(process.env.LIVES, 'x'); ${program}`],
    environment: { ...process.env, LIVES: file },
    say: (words) => void said.push(words),
    limits: QUICK,
    ...options,
  })
  return { supervisor, said, lives: () => readFileSync(file, 'utf8').length }
}

async function eventually(what: string, look: () => boolean): Promise<void> {
  const untilMs = performance.now() + GONE_WITHIN_MS
  while (!look()) {
    assert.ok(performance.now() < untilMs, what)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    // There is no such process any more.
    return false
  }
}

test('a program that is killed is started again, with growing pauses, and left down after its bound', async (t) => {
  const { supervisor, said, lives } = running(t, "process.kill(process.pid, 'SIGKILL')")
  assert.equal(await supervisor.ended, 1)
  assert.equal(lives(), 4)
  const pauses = said.map((words) => /again in ([\d.]+) s/.exec(words)?.[1])
  assert.deepEqual(pauses, ['0.005', '0.01', '0.015', undefined])
  assert.match(said[0] ?? '', /was killed \(SIGKILL\)/)
  assert.match(said.at(-1) ?? '', /4 times in a row. It is not started again/)
})

test('whoever was sound for a while begins to count anew', async (t) => {
  const limits = { ...QUICK, soundAfterMs: 0 }
  const program = `if (process.env.SHOP_RESTARTS === '5') process.exit(0); process.kill(process.pid, 'SIGKILL')`
  const { supervisor, said, lives } = running(t, program, { limits })
  assert.equal(await supervisor.ended, 0)
  assert.equal(lives(), 6)
  assert.ok(said.every((words) => words.includes('(1 of 3 in a row)')))
})

test('a program that ends by itself, or cannot start, is not started again, and its exit code is passed on', async (t) => {
  for (const code of [0, 1, 70]) {
    const { supervisor, said, lives } = running(t, `process.exit(${code})`)
    assert.equal(await supervisor.ended, code)
    assert.deepEqual([lives(), said], [1, []])
  }
})

test('one that served and then failed is started again', async (t) => {
  const program = `if (process.env.SHOP_RESTARTS === '1') process.exit(0)
process.send('open', () => process.exit(3))`
  const { supervisor, said, lives } = running(t, program)
  assert.equal(await supervisor.ended, 0)
  assert.equal(lives(), 2)
  assert.match(said[0] ?? '', /has ended with 3/)
})

test('a signal is passed on, and then nothing is started again', async (t) => {
  // The second letter says that the signal can come.
  const program = `process.on('SIGTERM', () => process.exit(7)); setInterval(() => 0, 1e3)
require('node:fs').appendFileSync(process.env.LIVES, 'x')`
  const { supervisor, said, lives } = running(t, program)
  await eventually('it listens for the signal', () => lives() === 2)
  supervisor.stop('SIGTERM')
  assert.equal(await supervisor.ended, 7)
  assert.deepEqual([lives(), said], [2, []])
})

test('the program ends with its supervisor, also when that is killed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-supervisor-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'pid')
  const program = `process.on('disconnect', () => process.exit(1)); setInterval(() => 0, 1e3)
require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid))`
  const source = `import { supervise } from ${JSON.stringify(new URL('supervisor.ts', import.meta.url).href)}
supervise({ command: ['-e', ${JSON.stringify(program)}], environment: process.env, say: () => undefined })`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'inherit' })
  t.after(() => parent.kill('SIGKILL'))
  writeFileSync(file, '')
  await eventually('the program lives', () => readFileSync(file, 'utf8') !== '')
  const pid = Number(readFileSync(file, 'utf8'))
  assert.ok(isThere(pid))
  parent.kill('SIGKILL')
  await eventually('the program is gone', () => !isThere(pid))
})
