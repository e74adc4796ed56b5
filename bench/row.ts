import type { Round } from './round.ts'
import type { StoreName } from './store.ts'

/** One line of the result: sales per second, and the milliseconds of one `pay`. */
export interface Row {
  readonly store: StoreName
  readonly inFlight: number
  readonly engine: number
  readonly bare: number
  readonly ratio: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Pairs of [engine, bare] that ran beside each other. */
export type Pairs = readonly (readonly [Round, Round])[]

export function row(store: StoreName, inFlight: number, pairs: Pairs): Row {
  const engine = median(pairs.map(([round]) => round.salesPerSecond))
  const bare = median(pairs.map(([, round]) => round.salesPerSecond))
  const latenciesMs = pairs.flatMap(([round]) => round.latenciesMs)
  return {
    store,
    inFlight,
    engine: rounded(engine, 1),
    bare: rounded(bare, 1),
    ratio: rounded(engine / bare, 3),
    p50Ms: rounded(quantile(latenciesMs, 0.5), 2),
    p99Ms: rounded(quantile(latenciesMs, 0.99), 2),
  }
}

/** The least and the greatest ratio of a pair: how noisy the machine was. */
export function spread(pairs: Pairs): string {
  const ratios = pairs.map(([engine, bare]) => engine.salesPerSecond / bare.salesPerSecond)
  return `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
}

/** The number of rounds is odd, so that there is one in the middle. */
function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value below which this share of all lies; the nearest one that there is. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  if (value === undefined) throw new Error('a round without a sale')
  return value
}

function rounded(value: number, places: number): number {
  return Number(value.toFixed(places))
}
