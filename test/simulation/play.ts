import { Worker } from 'node:worker_threads'
import { Coverage, type CoverageCounts } from './coverage.ts'
import type { RunOptions, RunResult } from './run.ts'

/** More violations than these tell nothing new. */
const VIOLATIONS_MAX = 10

/** Almost all that a seed makes is thrown away with it: the longer it may lie, the less of it is copied first. */
const YOUNG_MB = 192

/** What a stretch of seeds came to. */
export interface Played {
  played: number
  payments: number
  cases: number
  readonly statuses: Record<string, number>
  readonly coverage: CoverageCounts
  readonly violations: { readonly seed: number; readonly invariant: string; readonly text: string }[]
}

/** Every `stride`-th seed from `first` to before `end`. */
export interface Stretch {
  readonly first: number
  readonly end: number
  readonly stride: number
}

function nothingPlayed(coverage: Coverage): Played {
  return { played: 0, payments: 0, cases: 0, statuses: {}, coverage: coverage.counts(), violations: [] }
}

/** Plays one seed after the other, until there are too many violations. */
export async function play(
  runSeed: (seed: number, options: RunOptions) => Promise<RunResult>,
  { first, end, stride }: Stretch,
  options: RunOptions,
  violationsMax = VIOLATIONS_MAX,
): Promise<Played> {
  const coverage = new Coverage()
  const sum = nothingPlayed(coverage)
  for (let seed = first; seed < end && sum.violations.length < violationsMax; seed += stride) {
    const result = await runSeed(seed, options)
    sum.played++
    sum.payments += result.payments
    sum.cases += result.cases
    coverage.add(result.faults)
    for (const [status, count] of Object.entries(result.statuses)) {
      sum.statuses[status] = (sum.statuses[status] ?? 0) + count
    }
    if (result.violation !== undefined) sum.violations.push({ seed, ...result.violation })
  }
  return sum
}

/** The same in so many threads at once, each with its own share of the seeds: what comes out is the same. */
export async function playInThreads(threads: number, first: number, end: number): Promise<Played> {
  const shares = Array.from({ length: threads }, (_, index) =>
    share({ first: first + index, end, stride: threads }),
  )
  const coverage = new Coverage()
  const all = nothingPlayed(coverage)
  for (const part of await Promise.all(shares)) {
    all.played += part.played
    all.payments += part.payments
    all.cases += part.cases
    coverage.join(part.coverage)
    for (const [status, count] of Object.entries(part.statuses)) {
      all.statuses[status] = (all.statuses[status] ?? 0) + count
    }
    all.violations.push(...part.violations)
  }
  all.violations.sort((a, b) => a.seed - b.seed)
  return all
}

function share(stretch: Stretch): Promise<Played> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData: stretch,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    worker.on('message', resolve)
    worker.on('error', reject)
    worker.on('exit', (code) => {
      if (code !== 0) reject(new Error(`a thread ended with ${code}`))
    })
  })
}
