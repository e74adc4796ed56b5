import { parseArgs } from 'node:util'
import { faultNames, noFaults } from './faults.ts'
import { applyMutation, mutationNames } from './mutations.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    first: { type: 'string', default: '1' },
    replay: { type: 'string' },
    mutate: { type: 'string' },
    'list-mutations': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

if (values['list-mutations']) {
  for (const name of mutationNames) console.log(name)
  process.exit(0)
}

const mutation = values.mutate === undefined ? undefined : applyMutation(values.mutate)
const { runSeed } = await import('./run.ts')
const options = { pspWithoutDedup: mutation?.pspWithoutDedup ?? false }
const say = (line: string): void => {
  if (!values.json) console.log(line)
}

if (values.replay !== undefined) {
  const result = await runSeed(Number(values.replay), { ...options, trace: console.log })
  console.log(
    result.violation === undefined
      ? 'no violation'
      : `${result.violation.invariant}: ${result.violation.text}`,
  )
  process.exit(result.violation === undefined ? 0 : 1)
}

const faults = noFaults()
const statuses: Record<string, number> = {}
const violations: { seed: number; invariant: string; text: string }[] = []
const first = Number(values.first)
const seeds = Number(values.seeds)
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
  say(`seed ${seed}: ${result.violation.text}`)
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
