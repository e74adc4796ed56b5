import { parseArgs } from 'node:util'
import { table } from '../demo/table.ts'
import { reasonOf } from '../src/errors.ts'
import { faults } from './catalogue.ts'
import { ChaosProgress } from './progress.ts'
import { run, type Run } from './run.ts'
import { NODES } from './settings.ts'

const MINUTES_DEFAULT = 3
/** More payments than such a run makes do not fit into one comparison. */
const MINUTES_MAX = 480
/** A run of so many minutes has time for every fault: one that was not met is a failure then. */
const MINUTES_FOR_ALL = 3
const SEED_MAX = 2 ** 32 - 1

const USAGE = `npm run chaos -- [--minutes M] [--seed S] [--json] [--keep] [--only WORDS]

Three nodes, a PostgreSQL primary with its synchronous standby, the provider and the shop, each a process of its own.
People pay all the time, and everything goes wrong that docs/reference/chaos.md lists. Then it compares every book with
every other. It ends with 0 when nothing was charged twice, all books agree, no answer is lost, and every fault was met.

  --minutes M   how long things go wrong: above 0, at most ${MINUTES_MAX}, default ${MINUTES_DEFAULT}; mending and comparing come after it
  --seed S      the same seed draws the same faults and payers: default another one each time
  --json        one line of JSON at the end
  --keep        leaves the folder behind with every log and data file
  --only WORDS  only faults with these words in their name; can be given more than once
`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
})

// Everything that was started is ended first; the second time nothing is waited for.
const ending = new AbortController()
process.once('SIGINT', () => ending.abort())
process.once('SIGTERM', () => ending.abort())

if (values.help) process.stdout.write(USAGE)
else {
  try {
    await chaos()
  } catch (error) {
    process.stderr.write(`chaos: ${reasonOf(error)}\n`)
    // Payers who still wait for a page are not waited for.
    process.exit(1)
  }
}

async function chaos(): Promise<void> {
  const minutes = numberIn('minutes', values.minutes, { above: 0, max: MINUTES_MAX }) ?? MINUTES_DEFAULT
  const seed =
    numberIn('seed', values.seed, { above: -1, max: SEED_MAX }) ?? Math.floor(Math.random() * SEED_MAX)
  const { only = [''], keep } = values
  const chosen = faults.filter(({ name }) => only.some((words) => name.includes(words)))
  if (chosen.length === 0) throw new Error(`no fault has '${only.join("' or '")}' in its name`)
  process.stderr.write(`seed ${Math.floor(seed)}\n`)
  const startedMs = performance.now()
  const progress = new ChaosProgress(process.stderr)
  const played = await run({
    seconds: minutes * 60,
    seed: Math.floor(seed),
    faults: chosen,
    keep,
    progress,
    signal: ending.signal,
  }).finally(() => progress.end())
  const seconds = Number(((performance.now() - startedMs) / 1_000).toFixed(1))
  const neverMet = [...played.times].filter(([, times]) => times === 0).map(([name]) => name)
  const isComplete = neverMet.length === 0 || minutes < MINUTES_FOR_ALL
  const isGood = total(played) === 0 && isComplete
  process.stdout.write(`${table(played, process.stdout.isTTY && process.env['NO_COLOR'] === undefined)}\n`)
  process.stdout.write(
    `${inWords(played)} Seed ${Math.floor(seed)}, ${seconds} s. ${isGood ? 'GOOD' : 'NOT GOOD'}\n`,
  )
  if (values.json) process.stdout.write(`${JSON.stringify({ ...inJson(played), neverMet, seconds })}\n`)
  // All is ended and told. Node itself would now close what is left of killed connections, and now and then never ends.
  process.exit(isGood ? 0 : 1)
}

function total(played: Run): number {
  return played.total.doubleCharges + played.total.differences + played.lostAnswers
}

function inWords({ kills, failovers, lostAnswers, longestInDoubtMs, folder }: Run): string {
  const where = folder === '' ? '' : ` Everything is kept in ${folder}.`
  return `${kills} kills, ${failovers} failovers, ${lostAnswers} answers lost, at most ${longestInDoubtMs} ms in doubt.${where}`
}

function inJson(played: Run): Readonly<Record<string, unknown>> {
  const { orders, paid, declined, reversed, cases, doubleCharges, differences } = played.total
  const { lostAnswers, longestInDoubtMs, kills, failovers, positionsCut, payments, times } = played
  return {
    nodes: NODES,
    orders,
    payments,
    paid,
    declined,
    reversed,
    cases,
    doubleCharges,
    differences,
    lostAnswers,
    longestInDoubtMs,
    kills,
    failovers,
    positionsCut,
    faults: [...times].map(([name, count]) => ({ name, met: count > 0, times: count })),
  }
}

/** @throws Error naming what is allowed. */
function numberIn(
  name: string,
  text: string | undefined,
  { above, max }: { readonly above: number; readonly max: number },
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d{1,10}(\.\d{1,4})?$/.test(text) && value > above && value <= max) return value
  throw new Error(`--${name} must be a number above ${above} and at most ${max}, not '${text}'`)
}
