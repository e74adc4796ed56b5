import { parseArgs } from 'node:util'
import { reasonOf } from '../src/errors.ts'
import { faults } from './catalogue.ts'
import { Progress } from './progress.ts'
import { isGood, type Result } from './result.ts'
import { run } from './run.ts'
import { table } from './table.ts'

const ORDERS_DEFAULT = 200
const ORDERS_MAX = 2_000
const SEED_MAX = 2 ** 32 - 1

const USAGE = `npm run demo -- [--orders N] [--seed S] [--json]

Opens the demo shop in a folder of its own, buys N orders of it as payers do, in every way to pay, while everything
goes wrong that docs/reference/faults.md lists, and the server is killed again and again. Then it compares every book
with every other. It ends with 0 when nothing was charged twice, all books agree, and every fault was met.

  --orders N   ${faults.length} to ${ORDERS_MAX}, default ${ORDERS_DEFAULT}: one order for each fault at least
  --seed S     the same seed buys the same things; default: another one each time
  --json       one line of JSON at the end
`

const { values } = parseArgs({
  options: {
    orders: { type: 'string' },
    seed: { type: 'string' },
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
  const orders = whole('orders', values.orders, { min: faults.length, max: ORDERS_MAX }) ?? ORDERS_DEFAULT
  const seed = whole('seed', values.seed, { min: 0, max: SEED_MAX }) ?? Math.floor(Math.random() * SEED_MAX)
  const startedMs = performance.now()
  const progress = new Progress(orders, process.stderr)
  const played = await run({ orders, seed, progress }).finally(() => progress.end())
  const seconds = Number(((performance.now() - startedMs) / 1_000).toFixed(1))
  process.stdout.write(`${table(played, process.stdout.isTTY && process.env['NO_COLOR'] === undefined)}\n`)
  process.stdout.write(
    `${played.kills} times the server was killed. Seed ${seed}, ${seconds} s. ${verdict(played)}\n`,
  )
  if (values.json) process.stdout.write(`${JSON.stringify(inJson(played, seconds))}\n`)
  if (!isGood(played)) process.exitCode = 1
}

function verdict(played: Result): string {
  if (isGood(played)) return 'Nobody was charged twice, and all books agree.'
  const missed = played.rows.filter(({ met }) => met === 0).length
  return `NOT GOOD: ${played.total.doubleCharges} double charges, ${played.total.differences} differences between books, ${missed} faults not met.`
}

function inJson({ rows, total }: Result, seconds: number): unknown {
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
