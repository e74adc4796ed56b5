import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type CheckResult, fail, ok, warn } from './check.ts'

const MEBIBYTE = 1_024 * 1_024
/** Below, the journal's reserve of 32 MiB and its log do not fit: new payments are refused. */
const FREE_MIB_MIN = 96
const FREE_MIB_WELL = 1_024
/** A payment waits for two flushes. */
const FLUSH_MS_WELL = 25
const FLUSH_MS_MAX = 1_000
const FLUSHES = 9
const PAGE_BYTES = 4_096

/** Room and speed of the disk that the journal is on. */
export function checkDisk(folder: string): readonly CheckResult[] {
  const { bavail, bsize } = statfsSync(folder)
  return [judgeRoom((bavail * bsize) / MEBIBYTE), judgeFlush(medianFlushMs(folder))]
}

export function judgeRoom(freeMib: number): CheckResult {
  const text = `${freeMib < 10_240 ? `${Math.floor(freeMib)} MiB` : `${Math.floor(freeMib / 1_024)} GiB`} free`
  if (freeMib < FREE_MIB_MIN) return fail(text, `Make room: below ${FREE_MIB_MIN} MiB payments are refused.`)
  if (freeMib < FREE_MIB_WELL) return warn(text, 'Make room, or watch how fast the journal grows.')
  return ok(text)
}

export function judgeFlush(flushMs: number): CheckResult {
  const text = `a flush takes ${flushMs.toFixed(1)} ms`
  if (flushMs > FLUSH_MS_MAX)
    return fail(text, 'The disk does not keep up: look at its health, or use another.')
  if (flushMs > FLUSH_MS_WELL) return warn(text, 'Each payment waits for two: use a faster, local disk.')
  return ok(text)
}

/** In a file of its own beside the journal, gone afterwards. */
function medianFlushMs(folder: string): number {
  const path = join(folder, `doctor-${randomBytes(6).toString('hex')}.part`)
  const file = openSync(path, 'wx', 0o600)
  try {
    const page = randomBytes(PAGE_BYTES)
    const times = Array.from({ length: FLUSHES }, () => {
      writeSync(file, page)
      const startedMs = performance.now()
      fsyncSync(file)
      return performance.now() - startedMs
    })
    return times.toSorted((one, other) => one - other)[Math.floor(FLUSHES / 2)] ?? 0
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
