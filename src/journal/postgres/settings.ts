import { failure } from '../../errors.ts'
import * as shared from '../../postgres/settings.ts'

export interface PostgresJournalOptions extends shared.PostgresOptions {
  /** `counterfoil` unless told otherwise. */
  readonly schema?: string
  /**
   * For finding out what became of a commit whose answer got lost, 100 to 60,000 ms; 10,000 unless told otherwise. A
   * commit without an answer after `commitTimeoutMs` is such a one.
   */
  readonly confirmTimeoutMs?: number
}

export interface Settings extends shared.Settings {
  readonly confirmTimeoutMs: number
}

const CONFIRM_TIMEOUT_MS = { fallback: 10_000, from: 100, to: 60_000 }

/** @throws CF_CONFIG */
export function checkedSettings(options: PostgresJournalOptions): Settings {
  const { fallback, from, to } = CONFIRM_TIMEOUT_MS
  const { confirmTimeoutMs = fallback } = options
  if (!Number.isInteger(confirmTimeoutMs) || confirmTimeoutMs < from || confirmTimeoutMs > to) {
    const text = `confirmTimeoutMs must be a whole number from ${from} to ${to}, not ${confirmTimeoutMs}`
    throw failure('CF_CONFIG', text)
  }
  return { ...shared.checkedSettings(options), confirmTimeoutMs }
}
