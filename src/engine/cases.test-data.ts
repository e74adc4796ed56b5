import assert from 'node:assert/strict'
import { authorizeProcess } from '../pipeline/defaults.ts'
import type { CaseAction } from '../payment/events.ts'
import type { CaseDetails, CaseRequest, CaseResolution, Counterfoil } from './api.ts'
import { type Bed, cardModule, settle } from './bed.test-data.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
const LATER = [cardModule({ pipelines: { process: authorizeProcess } })]
export const LIMITS = {
  dueEveryMs: 60_000,
  heartbeatEveryMs: 60_000,
  nodeDeadAfterMs: 600_000,
  doubtCaseAfterMs: 30 * MINUTE_MS,
}
export const UNAVAILABLE = { kind: 'answer', fault: { kind: 'unavailable' } } as const

export interface Stand {
  readonly bed: Bed
  readonly cf: Counterfoil
  readonly id: string
  readonly open: CaseDetails
}

/** The only open case, with the payment that it is about. */
export async function standing(bed: Bed, cf: Counterfoil): Promise<Stand> {
  const [view, ...more] = await cf.cases()
  assert.ok(view !== undefined && more.length === 0, 'there is one open case')
  const open = await cf.case(view.caseId)
  assert.ok(open !== undefined)
  return { bed, cf, id: view.paymentId, open }
}

/** A charge of which nobody could tell for longer than doubt may last; it was executed at the PSP or not. */
export async function chargeInDoubt(bed: Bed, executed: boolean): Promise<Stand> {
  bed.network.on('charge', { kind: 'unknown', executed, socketReset: true })
  bed.network.on('inquiry', UNAVAILABLE, 999)
  const cf = await bed.engine({ limits: LIMITS })
  await cf.pay(bed.request())
  await bed.advance(80 * MINUTE_MS)
  return standing(bed, cf)
}

export async function captureInDoubt(bed: Bed, executed: boolean): Promise<Stand> {
  const cf = await bed.engine({ modules: LATER, limits: LIMITS })
  const { id } = await cf.pay(bed.request())
  bed.network.on('capture', { kind: 'unknown', executed })
  bed.network.on('inquiry', UNAVAILABLE, 999)
  await cf.capture({ paymentId: id, key: 'capture-00001' })
  await bed.advance(80 * MINUTE_MS)
  return standing(bed, cf)
}

export async function reversalInDoubt(bed: Bed): Promise<Stand> {
  const cf = await bed.engine({ limits: { ...LIMITS, reversalTriesMax: 1 } })
  const { id } = await cf.pay(bed.request())
  bed.network.on('reversal', { kind: 'unknown', executed: false }, 1)
  await cf.cancel({ paymentId: id, key: 'cancel-000001' })
  await bed.advance(80 * MINUTE_MS)
  return standing(bed, cf)
}

let keys = 0

export function say(
  { cf, id, open }: Pick<Stand, 'cf' | 'id' | 'open'>,
  by: string,
  action: CaseAction,
  more: Partial<CaseRequest> = {},
): Promise<CaseResolution> {
  const why = `${by} has looked at the provider's pages`
  const key = `resolve-${1000 + keys++}`
  return cf.resolveCase({ paymentId: id, caseId: open.caseId, action, by, why, key, ...more })
}

export async function both(
  stand: Stand,
  action: CaseAction,
  more: Partial<CaseRequest> = {},
): Promise<CaseResolution> {
  assert.equal((await say(stand, 'ann', action, more)).outcome, 'proposed')
  const resolved = await say(stand, 'bob', action, more)
  assert.equal(resolved.outcome, 'resolved')
  return resolved
}

/** What the PSP's own books say of the charge, in minor units. */
export const ledger = ({ bed, id }: Stand) => {
  const entry = bed.network.ledger(bed.charge(id).reference)
  return [entry?.liveMinor ?? 0n, entry?.capturedMinor ?? 0n]
}

/** A day in which inquiries are answered again: whatever people said is what the PSP's books say too. */
export async function afterwards({ bed, cf }: Stand): Promise<void> {
  bed.network.clear()
  await bed.advance(26 * HOUR_MS)
  await settle()
  assert.deepEqual(await cf.cases(), [])
}
