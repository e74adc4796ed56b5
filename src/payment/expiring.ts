import { uncapturedMinor } from './balances.ts'
import type { Circumstances } from './decision.ts'
import type { Operation, Payment } from './state.ts'

/** A shop that has forgotten to capture hears of it so long before the authorization ends. */
const NOTICE_MS = 86_400_000

/** When an approved authorization is looked at for its own sake: before it ends, and after that. */
export function expiryLookMs(
  charge: Operation,
  approvedAtMs: number,
  { nowMs, rules }: Circumstances,
): number | undefined {
  if (charge.kind !== 'authorize') return undefined
  const endsAtMs = approvedAtMs + rules.authorizationValidMs
  return [endsAtMs - NOTICE_MS, endsAtMs + NOTICE_MS].find((atMs) => atMs > nowMs)
}

/** True when what is not captured of it is soon lost. */
export function isExpiring(payment: Payment, charge: Operation, { nowMs, rules }: Circumstances): boolean {
  if (charge.kind !== 'authorize' || uncapturedMinor(payment.balances) <= 0n) return false
  const endsAtMs = charge.movedAtMs + rules.authorizationValidMs
  return nowMs >= endsAtMs - NOTICE_MS && nowMs < endsAtMs
}
