import { setFlagsFromString } from 'node:v8'
import { readArguments, USAGE, usageError } from './arguments.ts'
import { applyMutation, mutationNames } from './mutations.ts'
import { type Played, play, playInThreads } from './play.ts'
import { linesOf, reportOf } from './report.ts'
import type { RunOptions } from './run.ts'
import { shrink } from './shrink.ts'

/** So many failing seeds are shrunk: more tell nothing new. */
const SHRUNK_MAX = 3

const given = readArguments()
if (given.help) {
  console.log(USAGE)
  process.exit(0)
}
if (given.listMutations) {
  for (const name of mutationNames) console.log(name)
  process.exit(0)
}
if (given.mutate !== undefined && !mutationNames.includes(given.mutate)) {
  usageError(`there is no mutation '${given.mutate}'; there are ${mutationNames.join(', ')}`)
}
const mutation = given.mutate === undefined ? undefined : applyMutation(given.mutate)
// What is played is hot from its first seed on.
setFlagsFromString('--always-sparkplug')
setFlagsFromString('--no-lazy-feedback-allocation')
// A stack for each error that the engine meets, of which there are many, costs more than it tells.
if (given.replay === undefined) Error.stackTraceLimit = 0
const say = (line: string): void => {
  if (!given.json) console.log(line)
}

async function sound(): Promise<RunOptions> {
  const { SOUND } = await import('./run.ts')
  return { ...SOUND, ...mutation?.theirs }
}

if (given.replay !== undefined) {
  const { runSeed } = await import('./run.ts')
  const leftOut = { without: given.without, only: given.only }
  const result = await runSeed(given.replay, { ...(await sound()), leftOut, print: say })
  console.log(result.violation === undefined ? 'no violation' : result.violation.text)
  process.exit(result.violation === undefined ? 0 : 1)
}

/** A mutation is refuted by its first violation, and is made in one thread only. */
async function played(first: number, end: number): Promise<Played> {
  if (mutation === undefined) return playInThreads(Math.min(given.threads, end - first), first, end)
  const { runSeed } = await import('./run.ts')
  return play(runSeed, { first, end, stride: 1 }, await sound(), 1)
}

const again = mutation === undefined ? '' : ` --mutate ${mutation.name}`

/** Says what broke, and with how little. */
async function tell({ violations }: Played): Promise<void> {
  const { runSeed } = await import('./run.ts')
  const options = await sound()
  for (const [index, { seed, text }] of violations.entries()) {
    say(`seed ${seed}: ${text} (npm run simulate -- --replay ${seed}${again})`)
    if (index >= SHRUNK_MAX) continue
    const { only, text: shrunk, replays } = await shrink(runSeed, await runSeed(seed, options), options)
    say(`  with ${only.length} of its faults, found in ${replays} replays: ${shrunk}`)
    say(`  npm run simulate -- --replay ${seed}${again} --only ${only.join(',')}`)
  }
}

const startedMs = performance.now()
const all = await played(given.first, given.first + given.seeds)
const seconds = (performance.now() - startedMs) / 1000
if (!given.json) await tell(all)
const report = reportOf(all, seconds, mutation?.name, given.pairs)
if (!given.json) for (const line of linesOf(report, all)) say(line)
console.log(JSON.stringify(report))
process.exit(report.violations === 0 && report.neverMet.length === 0 ? 0 : 1)
