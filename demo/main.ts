import { parseArgs } from 'node:util'
import { reasonOf } from '../src/errors.ts'
import { clusterFaults, faults } from './catalogue.ts'
import { Progress } from './progress.ts'
import { isGood } from './result.ts'
import { type Run, run } from './run.ts'
import { table } from './table.ts'

const ORDERS_DEFAULT = 200
const ORDERS_MAX = 2_000
const SEED_MAX = 2 ** 32 - 1

const NODES_MAX = 5

const USAGE = `npm run demo -- [--orders N] [--seed S] [--journal sqlite|postgres] [--nodes N] [--json]

Opens the demo shop in a folder of its own, buys N orders of it as payers do, in every way to pay, while everything
goes wrong that docs/reference/faults.md lists, and the server is killed again and again. Then it compares every book
with every other. It ends with 0 when nothing was charged twice, all books agree, and every fault was met.

  --orders N   ${faults.length} to ${ORDERS_MAX}, default ${ORDERS_DEFAULT}: one order for each fault at least
  --seed S     the same seed buys the same things; default: another one each time
  --journal J  sqlite or postgres, default sqlite; with postgres it starts a PostgreSQL of its own, or makes a database
               at the server that COUNTERFOIL_TEST_POSTGRES names
  --nodes N    1 to ${NODES_MAX} processes behind a balancer, default 1; more than one needs --journal postgres, and meets
               ${clusterFaults.length} faults more
  --json       one line of JSON at the end
`

const { values } = parseArgs({
  options: {
    orders: { type: 'string' },
    seed: { type: 'string' },
    journal: { type: 'string', default: 'sqlite' },
    nodes: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

// Whoever ends the demo ends its shop, which is looked after when this process exits.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

if (values.help) process.stdout.write(USAGE)
else {
  try {
    await demo()
  } catch (error) {
    process.stderr.write(`demo: ${reasonOf(error)}\n`)
    // Payers who still look for a page of a shop that is gone are not waited for.
    process.exit(1)
  }
}

async function demo(): Promise<void> {
  const { journal } = values
  if (journal !== 'sqlite' && journal !== 'postgres')
    throw new Error(`--journal must be sqlite or postgres, not '${journal}'`)
  const nodes = whole('nodes', values.nodes, { min: 1, max: NODES_MAX }) ?? 1
  if (nodes > 1 && journal === 'sqlite')
    throw new Error('--nodes of more than 1 needs --journal postgres: a journal in a file has one owner')
  const min = faults.length + (nodes > 1 ? clusterFaults.length : 0)
  const orders = whole('orders', values.orders, { min, max: ORDERS_MAX }) ?? ORDERS_DEFAULT
  const seed = whole('seed', values.seed, { min: 0, max: SEED_MAX }) ?? Math.floor(Math.random() * SEED_MAX)
  const startedMs = performance.now()
  const progress = new Progress(orders, process.stderr)
  const played = await run({ orders, seed, progress, journal, nodes }).finally(() => progress.end())
  const seconds = Number(((performance.now() - startedMs) / 1_000).toFixed(1))
  process.stdout.write(`${table(played, process.stdout.isTTY && process.env['NO_COLOR'] === undefined)}\n`)
  process.stdout.write(
    `${played.kills} times the server was killed. ${shared(played, journal)}Seed ${seed}, ${seconds} s. ${verdict(played)}\n`,
  )
  const more = journal === 'sqlite' ? {} : sharing(played)
  if (values.json) process.stdout.write(`${JSON.stringify({ ...inJson(played, seconds), ...more })}\n`)
  // All is ended and told. Node itself would now close what is left of killed connections, and now and then never ends.
  process.exit(isAllWell(played) ? 0 : 1)
}

/** Nobody notices that a process is replaced, either. */
function isAllWell(played: Run): boolean {
  return isGood(played) && played.refusedByDrain === 0
}

function sharing({ takeovers, refusedByDrain }: Run): Pick<Run, 'takeovers' | 'refusedByDrain'> {
  return { takeovers, refusedByDrain }
}

function shared({ takeovers }: Run, journal: string): string {
  return journal === 'sqlite' ? '' : `${takeovers} payments changed hands. `
}

function verdict(played: Run): string {
  if (isAllWell(played)) return 'Nobody was charged twice, and all books agree.'
  if (isGood(played))
    return `NOT GOOD: ${played.refusedByDrain} payers were turned away by a server that was asked to stop.`
  const missed = played.rows.filter(({ met }) => met === 0).length
  return `NOT GOOD: ${played.total.doubleCharges} double charges, ${played.total.differences} differences between books, ${missed} faults not met.`
}

function inJson({ rows, total }: Run, seconds: number): object {
  const { orders, paid, declined, reversed, cases, doubleCharges, differences } = total
  const faults = rows.map(({ fault, met }) => ({ name: fault, met: met > 0 }))
  return { orders, paid, declined, reversed, cases, doubleCharges, differences, faults, seconds }
}

/** @throws Error naming what is allowed. */
function whole(
  name: string,
  text: string | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value
  throw new Error(`--${name} must be a whole number from ${min} to ${max}, not '${text}'`)
}
