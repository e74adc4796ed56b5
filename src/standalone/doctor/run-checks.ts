import { CounterfoilError, reasonOf } from '../../errors.ts'
import { type CheckReport, type CheckResult, type DoctorCheck, fail } from './check.ts'

/** A check that has not come to an end by then has failed. */
export const CHECK_MS_MAX = 20_000

/** Runs the checks one after the other, so that none disturbs the times of another, and tells of each when it is done. */
export async function runChecks(
  checks: readonly DoctorCheck[],
  tell: (report: CheckReport) => void,
  checkMsMax = CHECK_MS_MAX,
): Promise<readonly CheckReport[]> {
  const reports: CheckReport[] = []
  for (const check of checks) {
    const startedMs = performance.now()
    const result = await within(check, checkMsMax)
    const report = { name: check.name, ...result, tookMs: Math.round(performance.now() - startedMs) }
    reports.push(report)
    tell(report)
  }
  return reports
}

/** A check of somebody else's may never settle, or throw at once: it is waited for no longer than its bound. */
async function within({ name, run }: DoctorCheck, limitMs: number): Promise<CheckResult> {
  const stop = new AbortController()
  let timeout: NodeJS.Timeout | undefined
  const late = new Promise<CheckResult>((resolve) => {
    timeout = setTimeout(() => {
      stop.abort()
      resolve(fail(`no result within ${limitMs} ms`, `Find out what '${name}' waits for.`))
    }, limitMs)
  })
  const running = (async () => run(stop.signal))().catch(failed)
  try {
    return await Promise.race([running, late])
  } finally {
    clearTimeout(timeout)
    stop.abort()
  }
}

/** What a check throws is a finding like any other. */
export function failed(thrown: unknown): CheckResult {
  if (thrown instanceof CounterfoilError) return fail(`${thrown.code}: ${thrown.message}`, thrown.remedy)
  return fail(reasonOf(thrown), 'Look at what the message names.')
}
