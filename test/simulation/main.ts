import { parseArgs } from 'node:util'
import { reasonOf } from '../../src/errors.ts'
import { faultNames, noFaults } from './faults.ts'
import { applyMutation, mutationNames } from './mutations.ts'

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
const { runSeed } = await import('./run.ts')
const options = { pspWithoutDedup: mutation?.pspWithoutDedup ?? false }
const say = (line: string): void => {
  if (!values.json) console.log(line)
}

if (values.replay !== undefined) {
  const result = await runSeed(countFrom('replay', values.replay), { ...options, trace: console.log })
  console.log(result.violation === undefined ? 'no violation' : result.violation.text)
  process.exit(result.violation === undefined ? 0 : 1)
}

const again = mutation === undefined ? '' : ` --mutate ${mutation.name}`
const faults = noFaults()
const statuses: Record<string, number> = {}
const violations: { seed: number; invariant: string; text: string }[] = []
const first = countFrom('first', values.first)
const seeds = countFrom('seeds', values.seeds)
const startedMs = performance.now()
let payments = 0
let cases = 0
let played = 0
for (let seed = first; seed < first + seeds; seed++) {
  const result = await runSeed(seed, options)
  played++
  payments += result.payments
  cases += result.cases
  for (const name of faultNames) faults[name] += result.faults[name]
  for (const [status, count] of Object.entries(result.statuses))
    statuses[status] = (statuses[status] ?? 0) + count
  if (result.violation === undefined) continue
  violations.push({ seed, ...result.violation })
  say(`seed ${seed}: ${result.violation.text} (npm run simulate -- --replay ${seed}${again})`)
  // A mutation is refuted by its first violation; without one, a few tell enough.
  if (mutation !== undefined || violations.length >= 10) break
}
const seconds = (performance.now() - startedMs) / 1000
const neverMet =
  mutation === undefined && played >= 1000 ? faultNames.filter((name) => faults[name] === 0) : []
const summary = {
  seeds: played,
  seedsPerSecond: Math.round(played / seconds),
  violations: violations.length,
  payments,
  cases,
  statuses,
  faults,
  neverMet,
  ...(mutation === undefined ? {} : { mutation: mutation.name }),
  found: violations,
}
if (!values.json) {
  say(
    `${played} seeds, ${summary.seedsPerSecond}/s, ${payments} payments, ${cases} cases, ${violations.length} violations`,
  )
  for (const name of faultNames) say(`  ${name.padEnd(26)} ${faults[name]}`)
}
console.log(JSON.stringify(summary))
process.exit(violations.length > 0 || neverMet.length > 0 ? 1 : 0)
