import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { reasonOf } from '../src/errors.ts'
import { bareLike } from './bare.ts'
import { startEngine } from './engine.ts'
import type { Start } from './contender.ts'
import { Provider } from './provider.ts'
import { recordSale } from './recorded-sale.ts'
import { playRound, type Round, type RoundOptions } from './round.ts'
import { type Pairs, row, spread, type Row } from './row.ts'
import { openStore, type StoreName } from './store.ts'

const USAGE = `npm run bench -- [--json] [--quick] [--in-flight N] [--store NAME]

Sales per second through the whole engine on SQLite and on PostgreSQL, beside a bare reference that only makes the same
two commits and the same HTTP call. Both in turn, each round on a fresh journal; medians of the rounds.

  --json          nothing but one line of JSON at the end
  --quick         short rounds, half a minute for each store
  --in-flight N   only this many sales at once (instead of 1, 16, 64, 256)
  --store NAME    only sqlite or postgres
`

const STORES = ['sqlite', 'postgres'] as const
const LEVELS = [1, 16, 64, 256]
const FULL = { rounds: 5, durationMs: 1_000 }
const QUICK = { rounds: 3, durationMs: 450 }
/** Before anything is counted: the code is compiled then. */
const WARM_UP = { inFlight: 64, durationMs: 500 }

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'in-flight': { type: 'string' },
    store: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const say = (line: string): void => {
  if (!values.json) console.log(line)
}

if (values.help) console.log(USAGE)
else {
  try {
    await bench()
  } catch (error) {
    console.error(`bench: ${reasonOf(error)}`)
    process.exitCode = 1
  }
}

async function bench(): Promise<void> {
  const { rounds, durationMs } = values.quick ? QUICK : FULL
  const folder = await mkdtemp(join(tmpdir(), 'counterfoil-bench-'))
  const provider = await Provider.start()
  try {
    const startBare = bareLike(await recordSale(folder, provider.paymentService))
    say('store     in flight   engine/s     bare/s   ratio (of each pair)     p50 ms   p99 ms')
    const rows: Row[] = []
    for (const name of stores()) {
      const store = await openStore(name)
      try {
        const round = { folder, store, provider, durationMs }
        for (const start of [startBare, startEngine]) await playRound(start, { ...round, ...WARM_UP })
        for (const inFlight of levels()) {
          const pairs = await playPairs(startBare, { ...round, inFlight }, rounds)
          rows.push(told(row(name, inFlight, pairs), pairs))
        }
      } finally {
        await store.close()
      }
    }
    console.log(JSON.stringify({ node: process.version, quick: values.quick, rounds, durationMs, rows }))
  } finally {
    await provider.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function told(next: Row, pairs: Pairs): Row {
  say(
    [
      next.store.padEnd(8),
      String(next.inFlight).padStart(11),
      next.engine.toFixed(0).padStart(11),
      next.bare.toFixed(0).padStart(11),
      `${next.ratio.toFixed(2).padStart(8)} (${spread(pairs)})`.padEnd(24),
      next.p50Ms.toFixed(1).padStart(8),
      next.p99Ms.toFixed(1).padStart(9),
    ].join(''),
  )
  return next
}

/** Engine and bare in turn, each first every other time, so that neither has the quieter half of the machine. */
async function playPairs(
  startBare: Start,
  options: RoundOptions,
  rounds: number,
): Promise<readonly (readonly [Round, Round])[]> {
  const pairs: [Round, Round][] = []
  for (let index = 0; index < rounds; index++) {
    if (index % 2 === 0) {
      const engine = await playRound(startEngine, options)
      pairs.push([engine, await playRound(startBare, options)])
    } else {
      const bare = await playRound(startBare, options)
      pairs.push([await playRound(startEngine, options), bare])
    }
  }
  return pairs
}

function stores(): readonly StoreName[] {
  if (values.store === undefined) return STORES
  const name = STORES.find((each) => each === values.store)
  if (name !== undefined) return [name]
  throw new Error(`--store must be ${STORES.join(' or ')}, not '${values.store}'`)
}

function levels(): readonly number[] {
  const given = values['in-flight']
  if (given === undefined) return LEVELS
  const level = Number(given)
  if (Number.isInteger(level) && level >= 1 && level <= 1_000) return [level]
  throw new Error(`--in-flight must be a whole number from 1 to 1000, not '${given}'`)
}
