import { spawn } from 'node:child_process'
import { createWriteStream, globSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { finished } from 'node:stream/promises'
import { root } from '../program.ts'
import type { Suite } from './suites.ts'

/** What node's test runner counts. */
export interface Counts {
  readonly tests: number
  readonly passed: number
  readonly failed: number
  readonly cancelled: number
  readonly skipped: number
  readonly todo: number
}

export interface SuiteResult {
  readonly suite: Suite
  readonly seconds: number
  readonly counts: Counts
  /** Why it failed; undefined when it passed. */
  readonly failure: string | undefined
  readonly logFile: string
}

const AT_ONCE = 2
/** Between asking a suite's processes to end and ending them. */
const GRACE_MS = 5_000
/** A suite's own processes get so long to be gone after it ended. */
const LEFTOVER_WAIT_MS = 3_000
const ONE_FAILED: Counts = { tests: 1, passed: 0, failed: 1, cancelled: 0, skipped: 0, todo: 0 }
const ONE_PASSED: Counts = { ...ONE_FAILED, passed: 1, failed: 0 }

/** Runs one suite in a process group of its own, within its budget. Its output goes to a file of `folder`. */
export async function runSuite(suite: Suite, folder: string, signal: AbortSignal): Promise<SuiteResult> {
  const logFile = `${folder}/${suite.name}.log`
  const countsFile = `${folder}/${suite.name}.counts.json`
  rmSync(countsFile, { force: true })
  const startedMs = performance.now()
  const result = (failure: string | undefined, counts: Counts): SuiteResult => {
    return { suite, seconds: (performance.now() - startedMs) / 1000, counts, failure, logFile }
  }

  const command = suite.command ?? testCommand(suite, countsFile)
  if (typeof command === 'string') return result(command, ONE_FAILED)
  const ended = await runCommand(command, logFile, suite.budgetSeconds * 1000, signal)
  const counts = suite.command === undefined ? readCounts(countsFile) : undefined
  const failure = ended ?? (suite.command === undefined ? problemOf(counts) : undefined)
  if (counts !== undefined)
    return result(failure, failure !== undefined && counts.failed === 0 ? plusOneFailed(counts) : counts)
  return result(failure, failure === undefined ? ONE_PASSED : ONE_FAILED)
}

/** A suite that failed as a whole must not look well in the sum. */
function plusOneFailed(counts: Counts): Counts {
  return { ...counts, tests: counts.tests + 1, failed: counts.failed + 1 }
}

function testCommand(suite: Suite, countsFile: string): readonly string[] | string {
  const files: string[] = []
  for (const glob of suite.tests ?? []) {
    const found = globSync(glob, { cwd: root, exclude: suite.except ?? [] })
    if (found.length === 0) return `no file is ${glob}`
    files.push(...found.toSorted())
  }
  return [
    process.execPath,
    '-C',
    'counterfoil-source',
    '--test',
    `--test-concurrency=${suite.atOnce ?? AT_ONCE}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./scripts/test/counts-reporter.ts',
    `--test-reporter-destination=${countsFile}`,
    ...files,
  ]
}

function readCounts(countsFile: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8')) as Counts
  } catch (thrown) {
    // A run that was stopped has written no counts, or half of them: it has failed by its exit code.
    if (thrown instanceof SyntaxError || (thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
}

function problemOf(counts: Counts | undefined): string | undefined {
  if (counts === undefined) return 'it counted no tests'
  if (counts.tests === 0) return 'it ran no test'
  if (counts.skipped > 0 || counts.todo > 0) return 'it skipped a test'
  if (counts.failed > 0 || counts.cancelled > 0) return 'a test failed'
  return undefined
}

/** Answers why the command failed, or undefined. */
async function runCommand(
  [file = '', ...options]: readonly string[],
  logFile: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const log = createWriteStream(logFile)
  // Within a test of ours the runner would take itself for a part of that test, and run nothing.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const child = spawn(file, options, {
    cwd: root,
    // Hundreds of processes load the same files: what the first has compiled, the others need not.
    env: { ...environment, NODE_COMPILE_CACHE: `${root}/.test-output/compiled` },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  let stopped: string | undefined
  const stop = (why: string): void => {
    stopped ??= why
    signalGroup(child.pid, 'SIGTERM')
    setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS).unref()
  }
  const limit = setTimeout(stop, limitMs, `it took longer than its budget of ${limitMs / 1000} s`)
  const abort = (): void => stop('it was interrupted')
  signal.addEventListener('abort', abort, { once: true })
  const ended = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, by) => resolve(code === 0 ? undefined : `it ended with ${code ?? by}`))
  })
  clearTimeout(limit)
  signal.removeEventListener('abort', abort)
  const leftover = await leftoverOf(child.pid)
  log.end()
  await finished(log)
  return stopped ?? ended ?? leftover
}

/** A test that leaves a process behind is broken: the process is ended, and the suite has failed. */
async function leftoverOf(group: number | undefined): Promise<string | undefined> {
  if (await goneWithin(group, LEFTOVER_WAIT_MS)) return undefined
  signalGroup(group, 'SIGKILL')
  await goneWithin(group, GRACE_MS)
  return 'it left a process behind'
}

async function goneWithin(group: number | undefined, limitMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 50) {
    if (!signalGroup(group, 0) || isGroupGone(group)) return true
    await sleep(50)
  }
  return false
}

/** A process that has ended stays in the table until its parent has noted it; in a container nobody may ever. */
function isGroupGone(group: number | undefined): boolean {
  const stats = processStats()
  return (
    stats.length > 0 &&
    stats.every(([state, , processGroup]) => state === 'Z' || Number(processGroup) !== group)
  )
}

/** State, parent and process group of every process, where the system shows them. */
function processStats(): readonly (readonly string[])[] {
  return globSync('/proc/[0-9]*/stat').flatMap((file) => {
    try {
      // The name, which stands in brackets before, may hold anything.
      return [
        readFileSync(file, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' '),
      ]
    } catch (thrown) {
      // It ended meanwhile.
      if (['ENOENT', 'ESRCH'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return []
      throw thrown
    }
  })
}

/** Answers false when the group has no process. */
function signalGroup(group: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (group === undefined) return false
  try {
    return process.kill(-group, signal)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw thrown
  }
}
