/** What a check found. `todo` says what to do about it, in words for who looks after the machine. */
export interface CheckResult {
  /** `warn`: it works, and something is not as it should be. `fail`: payments would suffer. */
  readonly status: 'ok' | 'warn' | 'fail'
  readonly text: string
  readonly todo?: string
}

/**
 * One thing that `counterfoil doctor` looks at. It changes nothing, and a server may be running meanwhile.
 *
 * @example
 * const stock: DoctorCheck = {
 *   name: 'stock system',
 *   run: async (signal) => {
 *     const answer = await fetch('https://stock.example/health', { signal })
 *     return answer.ok ? { status: 'ok', text: 'answers' } : { status: 'fail', text: `answers ${answer.status}` }
 *   },
 * }
 */
export interface DoctorCheck {
  /** One to forty characters, such as `mail`. */
  readonly name: string
  /** Called once. `signal` aborts at the check's bound, and whatever comes later is not waited for. */
  run(signal: AbortSignal): Promise<CheckResult>
}

/** What a check came to, and how long it took. */
export interface CheckReport extends CheckResult {
  readonly name: string
  readonly tookMs: number
}

export const ok = (text: string): CheckResult => ({ status: 'ok', text })
export const warn = (text: string, todo: string): CheckResult => ({ status: 'warn', text, todo })
export const fail = (text: string, todo: string): CheckResult => ({ status: 'fail', text, todo })

/** Several findings of one check as one: the worst counts, all are told. */
export function together(results: readonly CheckResult[]): CheckResult {
  const status =
    (['fail', 'warn'] as const).find((one) => results.some((result) => result.status === one)) ?? 'ok'
  const text = results.map((result) => result.text).join('; ')
  const todo = results.flatMap((result) => result.todo ?? []).join(' ')
  return { status, text, ...(todo === '' ? {} : { todo }) }
}
