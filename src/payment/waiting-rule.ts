import type { Rules } from './finding.ts'
import type { Operation } from './state.ts'

/**
 * The waiting rule (design 5.4): "not found" is no proof, since the request may still be on its way, in work, or not
 * yet visible to inquiries. Only two inquiries that agree, at least the PSP's lag apart and both asked after all of
 * that must have passed, close an operation as `not-seen`.
 *
 *   sendDeadline --- delivery ---> --- processing ---> --- lag ---> first counts --- lag ---> second closes
 *
 * It is a while that must have passed, and the time in which it is measured may jump ahead: all of it is waited for
 * again from there on (F14).
 */
export function countsFromMs(operation: Operation, rules: Rules): number {
  const sentBy = surelyBy(operation.sendDeadlineMs, rules)
  // A reset socket delivers nothing any more, so that the kernel's retransmissions need not be waited for.
  const deliveredBy =
    operation.resetAtMs === undefined ? sentBy + rules.maxDeliveryMs : Math.max(sentBy, operation.resetAtMs)
  // A page of the PSP takes payments for so long after it got the registration.
  return deliveredBy + (operation.payableForMs ?? 0) + rules.maxProcessingMs + rules.inquiryLagMs
}

/** When something is to be taken for past that was written down with this time: the time may have jumped since. */
export function surelyBy(atMs: number, { steadySinceMs }: Rules): number {
  return Math.max(atMs, steadySinceMs)
}

/** True when this "not found" is the first that counts: those of before a jump do not. */
export function isFirstThatCounts(operation: Operation, askedAtMs: number, rules: Rules): boolean {
  const counts = countsFromMs(operation, rules)
  return askedAtMs >= counts && (operation.notFoundAtMs ?? Number.NEGATIVE_INFINITY) < counts
}

/** True when this "not found", asked at `askedAtMs`, closes the operation. */
export function notFoundCloses(operation: Operation, askedAtMs: number, rules: Rules): boolean {
  const first = operation.notFoundAtMs
  return (
    first !== undefined && first >= countsFromMs(operation, rules) && askedAtMs - first >= rules.inquiryLagMs
  )
}

/** When to ask again after a "not found" that closed nothing. */
export function nextNotFoundMs(
  operation: Operation,
  askedAtMs: number,
  rules: Rules,
  delayMs: number,
): number {
  const first = operation.notFoundAtMs
  const counts = countsFromMs(operation, rules)
  if (first !== undefined && first >= counts) return first + rules.inquiryLagMs
  return askedAtMs >= counts ? askedAtMs + rules.inquiryLagMs : Math.min(askedAtMs + delayMs, counts)
}
