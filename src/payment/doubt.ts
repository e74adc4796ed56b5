import { isEnd } from './operation-states.ts'
import type { Payment } from './state.ts'

/** What nobody knows the end of, in one payment. */
export interface Doubt {
  /** Since when, of its oldest operation in doubt. */
  readonly sinceMs: number
  /** The most that an operation in doubt may have moved, in minor units of the payment's currency. */
  readonly atRiskMinor: bigint
}

/** The payment's doubt, or undefined when the end of every operation that was sent is known. */
export function doubtOf({ operations }: Pick<Payment, 'operations'>): Doubt | undefined {
  let doubt: Doubt | undefined
  for (const { state, inDoubtSinceMs, amountMinor } of operations) {
    if (inDoubtSinceMs === undefined || isEnd(state)) continue
    const sinceMs = Math.min(inDoubtSinceMs, doubt?.sinceMs ?? inDoubtSinceMs)
    const atRiskMinor =
      doubt !== undefined && doubt.atRiskMinor > amountMinor ? doubt.atRiskMinor : amountMinor
    doubt = { sinceMs, atRiskMinor }
  }
  return doubt
}
