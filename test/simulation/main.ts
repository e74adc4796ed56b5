import { parseArgs } from 'node:util'
import { reasonOf } from '../../src/errors.ts'
import { faultNames } from './faults.ts'
import { applyMutation, mutationNames } from './mutations.ts'
import { type Played, play, playInThreads } from './play.ts'

/** Seeds know nothing of each other: more threads than these would only wait for a core. */
const THREADS = 2

const USAGE = `npm run simulate -- [--seeds N] [--first SEED] [--mutate NAME] [--json]
npm run simulate -- --replay SEED [--mutate NAME]
npm run simulate -- --list-mutations

Plays the engine in a simulation that crashes, delays and loses everything it can, and checks its promises.

  --seeds N         how many seeds to play (2000)
  --first SEED      the first of them (1)
  --replay SEED     one seed, with the life of each payment
  --mutate NAME     with a protocol mistake made on purpose: it must be found
  --list-mutations  the names of these mistakes, one a line
  --json            nothing but one line of JSON at the end
`

/** Called wrongly: one line, nothing played. */
function usageError(text: string): never {
  console.error(`simulate: ${text}`)
  process.exit(2)
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        seeds: { type: 'string', default: '2000' },
        first: { type: 'string', default: '1' },
        replay: { type: 'string' },
        mutate: { type: 'string' },
        'list-mutations': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return usageError(`${reasonOf(error)} (--help tells the options)`)
  }
}

/** A whole number of at least 1: a slip of the finger must not pass as a run without violations. */
function countFrom(option: string, text: string): number {
  const count = Number(text)
  if (/^\d{1,9}$/.test(text) && count >= 1) return count
  return usageError(`--${option} must be a whole number from 1 to 999999999, not '${text}'`)
}

const values = readArguments()
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
if (values['list-mutations']) {
  for (const name of mutationNames) console.log(name)
  process.exit(0)
}

if (values.mutate !== undefined && !mutationNames.includes(values.mutate)) {
  usageError(`there is no mutation '${values.mutate}'; there are ${mutationNames.join(', ')}`)
}
const mutation = values.mutate === undefined ? undefined : applyMutation(values.mutate)
const options = { pspWithoutDedup: mutation?.pspWithoutDedup ?? false }
const say = (line: string): void => {
  if (!values.json) console.log(line)
}

if (values.replay !== undefined) {
  const { runSeed } = await import('./run.ts')
  const result = await runSeed(countFrom('replay', values.replay), { ...options, trace: console.log })
  console.log(result.violation === undefined ? 'no violation' : result.violation.text)
  process.exit(result.violation === undefined ? 0 : 1)
}

/** A mutation is refuted by its first violation, and is made in one thread only. */
async function played(first: number, end: number): Promise<Played> {
  if (mutation === undefined) return playInThreads(Math.min(THREADS, end - first), first, end)
  const { runSeed } = await import('./run.ts')
  return play(runSeed, { first, end, stride: 1 }, options, 1)
}

const again = mutation === undefined ? '' : ` --mutate ${mutation.name}`
const first = countFrom('first', values.first)
const startedMs = performance.now()
const { violations, faults, ...sums } = await played(first, first + countFrom('seeds', values.seeds))
for (const { seed, text } of violations) {
  say(`seed ${seed}: ${text} (npm run simulate -- --replay ${seed}${again})`)
}
const seconds = (performance.now() - startedMs) / 1000
const isWhole = mutation === undefined && sums.played >= 1000
const neverMet = isWhole ? faultNames.filter((name) => faults[name] === 0) : []
const summary = {
  seeds: sums.played,
  seedsPerSecond: Math.round(sums.played / seconds),
  violations: violations.length,
  payments: sums.payments,
  cases: sums.cases,
  statuses: sums.statuses,
  faults,
  neverMet,
  ...(mutation === undefined ? {} : { mutation: mutation.name }),
  found: violations,
}
if (!values.json) {
  const { seeds, seedsPerSecond, payments, cases } = summary
  say(
    `${seeds} seeds, ${seedsPerSecond}/s, ${payments} payments, ${cases} cases, ${violations.length} violations`,
  )
  for (const name of faultNames) say(`  ${name.padEnd(31)} ${faults[name]}`)
}
console.log(JSON.stringify(summary))
process.exit(violations.length > 0 || neverMet.length > 0 ? 1 : 0)
