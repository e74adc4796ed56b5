import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type PanReport, readPanOutput } from './pan-output.ts'
import type { Variant } from './variants.ts'

/** What became of one search. */
export interface Found {
  readonly variant: Variant
  /** The invariant that was violated, that all hold, or that nobody knows: then `why` tells. */
  readonly verdict: string
  readonly isAsExpected: boolean
  readonly why: string | undefined
  readonly states: number
  readonly depth: number
  readonly seconds: number
}

/** A search may take so much memory, in MiB, and so many steps in a row. */
const MEMORY_MIB_MAX = 6_144
const DEPTH_MAX = 1_000_000
const OUTPUT_CHARACTERS_MAX = 1_000_000

/** Builds the verifier of one variant in a folder of its own, and lets it search. */
export async function search(
  variant: Variant,
  folder: string,
  secondsMax: number,
  signal: AbortSignal,
): Promise<Found> {
  const startedMs = performance.now()
  await mkdir(folder)
  const run = (file: string, options: readonly string[]): Promise<Ended> =>
    runCommand(file, options, { folder, secondsMax, signal })
  const found = (verdict: string, isAsExpected: boolean, why?: string, report?: PanReport): Found => ({
    variant,
    verdict,
    isAsExpected,
    why,
    states: report?.states ?? 0,
    depth: report?.depth ?? 0,
    seconds: Number(((performance.now() - startedMs) / 1_000).toFixed(1)),
  })

  const holds = variant.expected === 'holds'
  const source = fileURLToPath(new URL(`${variant.model}.pml`, import.meta.url))
  // Without merging of statements (-o3) each story is a statement of its own, so that pan says which were not reached.
  const apart = holds ? ['-o3'] : []
  const generated = await run('spin', [...apart, '-a', ...variant.flags.map((flag) => `-D${flag}`), source])
  if (generated.stopped !== undefined) return found('cut off', false, generated.stopped)
  if (generated.code !== 0) return found('not built', false, firstLine(generated.output))
  // A counterexample is found in less time than the optimizer takes.
  const optimized = variant.isLarge === true ? ['-O2', '-DCOLLAPSE'] : [holds ? '-O1' : '-O0']
  const compiled = await run('gcc', [
    '-w',
    ...optimized,
    '-DSAFETY',
    `-DMEMLIM=${MEMORY_MIB_MAX}`,
    '-o',
    'pan',
    'pan.c',
  ])
  if (compiled.stopped !== undefined) return found('cut off', false, compiled.stopped)
  if (compiled.code !== 0) return found('not built', false, firstLine(compiled.output))
  const searched = await run('./pan', ['-E', `-m${variant.depthMax ?? DEPTH_MAX}`])
  const report = readPanOutput(searched.output)
  if (searched.stopped !== undefined) return found('cut off', false, searched.stopped, report)
  return judge(variant, report, found)
}

function judge(
  variant: Variant,
  report: PanReport,
  found: (verdict: string, isAsExpected: boolean, why?: string, report?: PanReport) => Found,
): Found {
  if (report.errors > 0) {
    // An assertion without a name is a mistake in the model itself.
    const verdict = report.invariant ?? 'broken'
    const isAsExpected = verdict.startsWith(`${variant.expected}_`)
    return found(verdict, isAsExpected, isAsExpected ? undefined : report.violation, report)
  }
  // What was left out may hold the error: a search that was cut off says nothing.
  if (!report.isComplete) return found('cut off', false, report.cutOff, report)
  const expected = variant.unreached ?? []
  const unreached = report.unreachedStories
  const sameStories =
    unreached?.length === expected.length && expected.every((story) => unreached.includes(story))
  if (!sameStories && variant.expected === 'holds') {
    const told = unreached === undefined ? 'pan told no stories' : `not reached: ${unreached.join('; ')}`
    return found('holds', false, told, report)
  }
  return found('holds', variant.expected === 'holds', undefined, report)
}

interface Ended {
  readonly code: number | null
  readonly output: string
  /** Why it was stopped before its end. */
  readonly stopped: string | undefined
}

async function runCommand(
  file: string,
  options: readonly string[],
  at: { readonly folder: string; readonly secondsMax: number; readonly signal: AbortSignal },
): Promise<Ended> {
  at.signal.throwIfAborted()
  const child = spawn(file, options, {
    cwd: at.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
  })
  let output = ''
  const keep = (chunk: Buffer): void => {
    if (output.length < OUTPUT_CHARACTERS_MAX) output += chunk.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  let stopped: string | undefined
  const stop = (why: string): void => {
    stopped ??= why
    child.kill('SIGKILL')
  }
  const limit = setTimeout(stop, at.secondsMax * 1_000, `it took longer than ${at.secondsMax} s`)
  const abort = (): void => stop('it was interrupted')
  at.signal.addEventListener('abort', abort, { once: true })
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    return { code, output, stopped }
  } finally {
    clearTimeout(limit)
    at.signal.removeEventListener('abort', abort)
  }
}

function firstLine(output: string): string {
  return output.split('\n').find((line) => /error/i.test(line)) ?? output.slice(0, 200)
}
