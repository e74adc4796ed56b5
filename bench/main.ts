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
import { row, spread, type Row } from './row.ts'

const USAGE = `npm run bench -- [--json] [--quick] [--in-flight N]

Sales per second through the whole engine on SQLite, beside a bare reference that only makes the same two commits and
the same HTTP call. Both in turn, each round on a fresh file; medians of the rounds.

  --json          nothing but one line of JSON at the end
  --quick         short rounds, less than 25 s in all
  --in-flight N   only this many sales at once (instead of 1, 16, 64, 256)
`

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
    for (const start of [startBare, startEngine]) await playRound(start, { folder, provider, ...WARM_UP })
    say('in flight   engine/s     bare/s   ratio (of each pair)     p50 ms   p99 ms')
    const rows: Row[] = []
    for (const inFlight of levels()) {
      const pairs = await playPairs(startBare, { folder, provider, inFlight, durationMs }, rounds)
      const next = row(inFlight, pairs)
      rows.push(next)
      say(
        [
          String(inFlight).padStart(9),
          next.engine.toFixed(0).padStart(11),
          next.bare.toFixed(0).padStart(11),
          `${next.ratio.toFixed(2).padStart(8)} (${spread(pairs)})`.padEnd(24),
          next.p50Ms.toFixed(1).padStart(8),
          next.p99Ms.toFixed(1).padStart(9),
        ].join(''),
      )
    }
    console.log(JSON.stringify({ node: process.version, quick: values.quick, rounds, durationMs, rows }))
  } finally {
    await provider.stop()
    await rm(folder, { recursive: true, force: true })
  }
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

function levels(): readonly number[] {
  const given = values['in-flight']
  if (given === undefined) return LEVELS
  const level = Number(given)
  if (Number.isInteger(level) && level >= 1 && level <= 1_000) return [level]
  throw new Error(`--in-flight must be a whole number from 1 to 1000, not '${given}'`)
}
