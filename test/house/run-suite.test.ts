import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, matchesGlob } from 'node:path'
import { after, describe, it } from 'node:test'
import { root } from '../../scripts/program.ts'
import { runSuite, type SuiteResult } from '../../scripts/test/run-suite.ts'
import { type Suite, suites, TOGETHER_SECONDS_MAX } from '../../scripts/test/suites.ts'

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-suites-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const never = new AbortController().signal

/** A suite of one test file with this text. */
function suiteOf(name: string, text: string, budgetSeconds = 20): Suite {
  const file = join(folder, `${name}.test.mjs`)
  writeFileSync(file, `import assert from 'node:assert/strict'\nimport { it } from 'node:test'\n${text}\n`)
  return { name, budgetSeconds, tests: [file] }
}

function commandOf(name: string, script: string, budgetSeconds = 20): Suite {
  return { name, budgetSeconds, command: [process.execPath, '-e', script] }
}

const result = async (suite: Suite, signal = never): Promise<SuiteResult> => runSuite(suite, folder, signal)

/** The letter that the system has for the state of a process: Z has ended, and nobody has noted it. */
function stateOf(pid: number): string {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? ''
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return 'gone'
    throw thrown
  }
}

describe('a suite', () => {
  it('passes with the counts of its tests', async () => {
    const { failure, counts } = await result(suiteOf('good', "it('a', () => {})\nit('b', () => {})"))
    assert.equal(failure, undefined)
    assert.deepEqual([counts.tests, counts.passed, counts.failed], [2, 2, 0])
  })

  it('fails with one test that fails, and its log says which', async () => {
    const { failure, counts, logFile } = await result(
      suiteOf('bad', "it('a', () => {})\nit('wrong sum', () => assert.equal(1, 2))"),
    )
    assert.match(failure ?? '', /ended with 1/)
    assert.deepEqual([counts.tests, counts.passed, counts.failed], [2, 1, 1])
    assert.match(readFileSync(logFile, 'utf8'), /wrong sum/)
  })

  it('fails when a test is skipped or left for later', async () => {
    assert.match((await result(suiteOf('skipped', "it.skip('a', () => {})"))).failure ?? '', /skipped/)
    assert.match((await result(suiteOf('todo', "it.todo('a')"))).failure ?? '', /skipped/)
  })

  it('fails, and counts so, when none of its files exists', async () => {
    const { failure, counts } = await result({
      name: 'none',
      budgetSeconds: 5,
      tests: ['test/nowhere/*.test.ts'],
    })
    assert.match(failure ?? '', /no file is test\/nowhere/)
    assert.equal(counts.failed, 1)
  })

  it('is stopped at its budget and has failed', async () => {
    const { failure, counts, seconds } = await result(commandOf('slow', 'setTimeout(() => {}, 60_000)', 0.5))
    assert.match(failure ?? '', /longer than its budget of 0\.5 s/)
    assert.equal(counts.failed, 1)
    assert.ok(seconds < 10, `${seconds}`)
  })

  it('is stopped by an interruption', async () => {
    const interrupted = new AbortController()
    setTimeout(() => interrupted.abort(), 300)
    const { failure } = await result(commandOf('waiting', 'setTimeout(() => {}, 60_000)'), interrupted.signal)
    assert.match(failure ?? '', /interrupted/)
  })

  it('fails when it leaves a process behind, which is ended', async () => {
    const script = `const { spawn } = require('node:child_process')
const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' })
child.unref()
console.log(child.pid)`
    const { failure, logFile } = await result(commandOf('leaving', script))
    assert.match(failure ?? '', /left a process behind/)
    const pid = Number(readFileSync(logFile, 'utf8'))
    assert.ok(pid > 0)
    assert.match(stateOf(pid), /^(gone|Z)$/)
  })

  it('of one command counts as one test', async () => {
    assert.deepEqual((await result(commandOf('fine', ''))).counts.passed, 1)
    const wrong = await result(commandOf('wrong', 'process.exit(3)'))
    assert.match(wrong.failure ?? '', /ended with 3/)
    const missing = await result({ name: 'missing', budgetSeconds: 5, command: ['no-such-command'] })
    assert.match(missing.failure ?? '', /ENOENT/)
  })
})

const fits = (file: string, globs: readonly string[]): boolean =>
  globs.some((glob) => matchesGlob(file, glob))

describe('the suites', () => {
  it('end together well within the fifteen minutes of CI, each within half of that, and have names of their own', () => {
    assert.ok(TOGETHER_SECONDS_MAX <= 13 * 60)
    for (const { name, budgetSeconds } of suites) assert.ok(budgetSeconds <= TOGETHER_SECONDS_MAX / 2, name)
    assert.equal(new Set(suites.map(({ name }) => name)).size, suites.length)
    for (const { name, tests, command } of suites)
      assert.equal((tests === undefined) !== (command === undefined), true, name)
  })

  it('leave no file of tests out, and have each in one of them', () => {
    const files = globSync('{src,examples,bench,demo,chaos,model,scripts,test}/**/*.test.ts', {
      cwd: root,
      exclude: ['**/node_modules/**'],
    })
    const suitesOf = (file: string): readonly string[] =>
      suites
        .filter(({ tests = [], except = [] }) => fits(file, tests) && !fits(file, except))
        .map(({ name }) => name)
    assert.ok(files.length > 200)
    assert.deepEqual(
      files.filter((file) => suitesOf(file).length !== 1),
      [],
    )
  })
})
