import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { root } from './program.ts'
import { ensureChromium } from './test/chromium.ts'
import { type Counts, runSuite, type SuiteResult } from './test/run-suite.ts'
import { suites, TOGETHER_SECONDS_MAX } from './test/suites.ts'

// Everything that CI runs: `npm test`, or `npm test -- NAME ...` for single suites. The table of scripts/test/suites.ts
// says what they are. The output ends with the summary lines of node's test runner, summed over the suites.

const LOG_FOLDER = `${root}/.test-output`
/** Of a failed suite's output so much is printed; all of it is in its log. */
const PRINTED_CHARACTERS_MAX = 20_000

const { positionals } = parseArgs({ allowPositionals: true })
const unknown = positionals.filter((name) => suites.every((suite) => suite.name !== name))
if (unknown.length > 0) {
  console.error(
    `no suite is called ${unknown.join(', ')}; there are ${suites.map(({ name }) => name).join(', ')}`,
  )
  process.exitCode = 2
} else {
  await runAll()
}

async function runAll(): Promise<void> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  // It would grow with the folders of each run.
  rmSync(`${LOG_FOLDER}/compiled`, { recursive: true, force: true })
  mkdirSync(LOG_FOLDER, { recursive: true })
  const startedMs = performance.now()
  const chosen = suites.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  if (chosen.some(({ browser }) => browser === true)) ensureChromium()
  const results: SuiteResult[] = []
  for (const suite of chosen) {
    if (interrupted.signal.aborted) break
    const leftSeconds = TOGETHER_SECONDS_MAX - (performance.now() - startedMs) / 1000
    const budgetSeconds = Math.max(Math.min(suite.budgetSeconds, Math.floor(leftSeconds)), 0)
    const result = await runSuite({ ...suite, budgetSeconds }, LOG_FOLDER, interrupted.signal)
    results.push(result)
    if (result.failure !== undefined) printLog(result)
    console.log(line(result))
  }
  const isComplete = results.length === chosen.length
  if (!isComplete || results.some(({ failure }) => failure !== undefined)) process.exitCode = 1
  printTable(results, (performance.now() - startedMs) / 1000)
  printSummary(results, performance.now() - startedMs)
}

function line({ suite, seconds, counts, failure }: SuiteResult): string {
  const time = `${seconds.toFixed(1)} s of ${suite.budgetSeconds} s`
  const tests = `${counts.tests} ${counts.tests === 1 ? 'test' : 'tests'}`
  const outcome = failure === undefined ? 'passed' : `FAILED: ${failure}`
  return `${suite.name.padEnd(12)}${time.padStart(18)}  ${tests.padStart(10)}  ${outcome}`
}

function printLog({ suite, logFile, failure }: SuiteResult): void {
  const text = readLog(logFile)
  const cut = text.length > PRINTED_CHARACTERS_MAX ? `(its beginning is in ${logFile})\n` : ''
  console.log(`\n--- ${suite.name}: ${failure}\n${cut}${text.slice(-PRINTED_CHARACTERS_MAX)}\n---`)
}

function readLog(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8')
  } catch (thrown) {
    // A suite that could not begin has no log.
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw thrown
  }
}

function printTable(results: readonly SuiteResult[], seconds: number): void {
  console.log(`\nSuite${'time of budget'.padStart(25)}  ${'tests'.padStart(10)}  result`)
  for (const result of results) console.log(line(result))
  console.log(
    `${'together'.padEnd(12)}${`${seconds.toFixed(1)} s of ${TOGETHER_SECONDS_MAX} s`.padStart(18)}\n`,
  )
}

/** The closing lines of node's test runner. */
function printSummary(results: readonly SuiteResult[], durationMs: number): void {
  const sum = (of: keyof Counts): number => results.reduce((total, { counts }) => total + counts[of], 0)
  console.log(`ℹ tests ${sum('tests')}`)
  console.log(`ℹ suites ${results.length}`)
  console.log(`ℹ pass ${sum('passed')}`)
  console.log(`ℹ fail ${sum('failed')}`)
  console.log(`ℹ cancelled ${sum('cancelled')}`)
  console.log(`ℹ skipped ${sum('skipped')}`)
  console.log(`ℹ todo ${sum('todo')}`)
  console.log(`ℹ duration_ms ${durationMs.toFixed(3)}`)
}
