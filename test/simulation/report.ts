import type { CoverageCounts } from './coverage.ts'
import { Coverage } from './coverage.ts'
import { faultNames } from './faults.ts'
import type { Played } from './play.ts'

/** With fewer seeds than these a fault may have had no chance, and two faults no chance to meet. */
const FAULTS_OF_SEEDS_MIN = 1_000
const PAIRS_OF_SEEDS_MIN = 20_000

export type Report = ReturnType<typeof reportOf>

/** What a run came to, as one value: what `--json` prints. */
export function reportOf(played: Played, seconds: number, mutation: string | undefined, withPairs: boolean) {
  const coverage = coverageOf(played.coverage)
  const pairs = [...coverage.pairs()]
  const isWhole = mutation === undefined
  const neverMet = isWhole && played.played >= FAULTS_OF_SEEDS_MIN ? coverage.neverMet() : []
  const unmet = pairs.filter(({ seeds }) => seeds === 0).map(({ pair }) => pair)
  return {
    seeds: played.played,
    seedsPerSecond: Math.round(played.played / seconds),
    violations: played.violations.length,
    payments: played.payments,
    cases: played.cases,
    statuses: played.statuses,
    faults: coverage.struck,
    neverMet,
    pairs: { of: pairs.length, met: pairs.length - unmet.length },
    pairsNeverMet: isWhole && played.played >= PAIRS_OF_SEEDS_MIN ? unmet : [],
    ...(withPairs ? { seedsOfPairs: Object.fromEntries(pairs.map(({ pair, seeds }) => [pair, seeds])) } : {}),
    ...(mutation === undefined ? {} : { mutation }),
    found: played.violations,
  }
}

function coverageOf(counts: CoverageCounts): Coverage {
  const coverage = new Coverage()
  coverage.join(counts)
  return coverage
}

/** The same for a person. */
export function* linesOf(report: Report, { coverage }: Played): Generator<string> {
  const { seeds, seedsPerSecond, payments, cases, violations, faults, pairs } = report
  yield `${seeds} seeds, ${seedsPerSecond}/s, ${payments} payments, ${cases} cases, ${violations} violations`
  yield `fault                             strikes  in seeds`
  for (const name of faultNames) {
    if (faults[name] === 0) continue
    yield `  ${name.padEnd(31)} ${String(faults[name]).padStart(7)} ${String(coverage.seeds[name]).padStart(9)}`
  }
  yield `${pairs.met} of ${pairs.of} pairs of faults met in one seed`
  const each = report.seedsOfPairs
  if (each !== undefined) for (const [pair, count] of Object.entries(each)) yield `  ${pair}: ${count}`
  if (report.neverMet.length > 0) yield `never met: ${report.neverMet.join(', ')}`
  for (const pair of report.pairsNeverMet) yield `never met together: ${pair}`
}
