import type { ErrorCode } from '../errors.ts'
import { actionsFor, type Can, type CaseOffer, chargeOfCase, workOfCase } from './case-actions.ts'
import { conclude } from './conclude.ts'
import { type Circumstances, claimed, type Decision, events, released } from './decision.ts'
import { NOT_SEEN_AGAIN_MS } from './delays.ts'
import { move } from './draft.ts'
import type { CaseAction, Evidence, PaymentEvent } from './events.ts'
import type { Finding, FindingKind } from './finding.ts'
import { intendOperation, reversalOf } from './intend.ts'
import { isEnd } from './operation-states.ts'
import type { OrderRecord } from './order.ts'
import { BY_ITSELF, samePerson } from './people.ts'
import { type Case, type CaseClosing, isCharge, type Operation, operationOf, type Payment } from './state.ts'

/** What a person wants done about a case. */
export interface CaseCommand {
  readonly caseId: string
  readonly action: CaseAction
  /** Who: a name that nobody else has. */
  readonly by: string
  readonly why: string
  /** Of a refund; undefined: all there is. */
  readonly amountMinor: bigint | undefined
  readonly key: string
}

export type CaseDecision =
  | {
      readonly kind: 'events'
      /** Written down as a proposal, for somebody else to agree to; or carried out. */
      readonly outcome: 'proposed' | 'resolved'
      readonly events: readonly PaymentEvent[]
      readonly order?: OrderRecord
    }
  /** It was resolved in this very way before. */
  | { readonly kind: 'known' }
  | Extract<Decision, { kind: 'refused' }>

/**
 * What one person's word about a case comes to: a proposal, its execution once somebody else says the same, or a
 * refusal that says what fits. The last word on every doubt is two people's.
 */
export function resolveCase(
  payment: Payment,
  command: CaseCommand,
  now: Circumstances,
  can: Can = () => true,
): CaseDecision {
  const { caseId, action } = command
  const one = payment.cases.find((other) => other.caseId === caseId)
  if (one === undefined)
    return refused('CF_CASE_UNKNOWN', `payment ${payment.paymentId} has no case ${caseId}`)
  if (one.closed !== undefined) return closedBefore(one.closed, command)
  const offers = actionsFor(payment, one, can)
  const offer = offers.find((other) => other.action === action)
  if (offer === undefined) return doesNotFit(one, action, offers)
  const amount = amountOf(offer, command)
  if (typeof amount === 'object') return amount
  const taken = whyNotAdopted(payment, one, action, now)
  if (taken !== undefined) return taken
  const agreed: Agreed = { one, offer, amountMinor: amount, command }
  if (offer.people === 1) return carriedOut(payment, agreed, now)
  const { proposal } = one
  if (proposal?.action !== action || proposal.amountMinor !== amount) return proposed(agreed, now)
  if (samePerson(proposal.by, command.by)) {
    return refused('CF_CASE_NEEDS_ANOTHER', `${command.by} has proposed '${action}' already`)
  }
  return carriedOut(payment, agreed, now)
}

interface Agreed {
  readonly one: Case
  readonly offer: CaseOffer
  readonly amountMinor: bigint | undefined
  readonly command: CaseCommand
}

function refused(code: ErrorCode, text: string): Extract<Decision, { kind: 'refused' }> {
  return { kind: 'refused', code, text }
}

function closedBefore(closed: CaseClosing, { action, amountMinor }: CaseCommand): CaseDecision {
  // Whatever somebody wanted done about the doubt, also by `close`: it was not done.
  if (closed.by === BY_ITSELF) return refused('CF_CASE_CLOSED', `evidence has ended it: ${closed.why}`)
  const isSame = closed.action === action && (amountMinor === undefined || amountMinor === closed.amountMinor)
  if (isSame) return { kind: 'known' }
  return refused('CF_CASE_CLOSED', `${closed.by} has ended it with '${closed.action}'`)
}

function doesNotFit({ caseId }: Case, action: CaseAction, offers: readonly CaseOffer[]): CaseDecision {
  const there = offers.map((offer) => `'${offer.action}'`).join(', ')
  return refused(
    'CF_CASE_ACTION',
    `case ${caseId} cannot be resolved by '${action}'; what fits now: ${there}`,
  )
}

/** Of a refund its amount, all there is where none is given; a refusal of one that cannot be. */
function amountOf(
  { mostMinor }: CaseOffer,
  { action, amountMinor }: CaseCommand,
): bigint | undefined | Extract<CaseDecision, { kind: 'refused' }> {
  if (mostMinor === undefined) {
    if (amountMinor === undefined) return undefined
    return refused('CF_CASE_ACTION', `an amount goes with 'refund', not with '${action}'`)
  }
  if (amountMinor === undefined) return mostMinor
  if (amountMinor > 0n && amountMinor <= mostMinor) return amountMinor
  return refused(
    'CF_AMOUNT_EXCEEDED',
    `${amountMinor} was asked for; from 1 to ${mostMinor} minor units are captured and not refunded`,
  )
}

/** A charge is adopted only while its order can take it, in the version that it was made for (S1). */
function whyNotAdopted(
  payment: Payment,
  one: Case,
  action: CaseAction,
  now: Circumstances,
): Extract<CaseDecision, { kind: 'refused' }> | undefined {
  const charge = operationOf(payment, one.reference ?? '')
  if (action !== 'adopt' || charge === undefined || !isCharge(charge) || isEnd(charge.state)) return undefined
  const isSame = now.versionNow === undefined || now.versionNow === payment.orderVersion
  if (isSame && claimed(now.order, payment, charge.payableForMs !== undefined) !== undefined) return undefined
  const { orderId, state, paymentId } = now.order
  const why = !isSame
    ? 'has changed since'
    : state === 'closed' || state === 'open'
      ? `is ${state}`
      : `is payment ${paymentId}'s`
  return refused(
    'CF_CASE_ACTION',
    `order ${orderId} ${why}, so that this charge cannot be adopted: reverse it`,
  )
}

function proposed({ one, command, amountMinor }: Agreed, now: Circumstances): CaseDecision {
  const { action, by, why, key } = command
  const amount = amountMinor === undefined ? {} : { amountMinor }
  return {
    kind: 'events',
    outcome: 'proposed',
    events: [{ type: 'case-proposed', caseId: one.caseId, action, by, why, ...amount, key, atMs: now.nowMs }],
  }
}

function carriedOut(payment: Payment, agreed: Agreed, now: Circumstances): CaseDecision {
  const decision = execution(payment, agreed, now)
  if (decision.kind === 'refused') return decision
  const closed = closing(agreed, decision.events, now)
  return { ...decision, outcome: 'resolved', events: [...decision.events, closed] }
}

function closing(
  { one, offer, amountMinor, command }: Agreed,
  list: readonly PaymentEvent[],
  now: Circumstances,
): PaymentEvent {
  const { by, why, key } = command
  const first = offer.people === 2 ? one.proposal : undefined
  const sent = list.find((event) => event.type === 'operation-intended')
  return {
    type: 'case-closed',
    caseId: one.caseId,
    action: offer.action,
    by: first?.by ?? by,
    why: first?.why ?? why,
    ...(first === undefined ? {} : { approvedBy: by, approvedWhy: why }),
    ...(amountMinor === undefined ? {} : { amountMinor }),
    ...(sent === undefined ? {} : { reference: sent.operation.reference }),
    key,
    atMs: now.nowMs,
  }
}

/** What is written down to carry it out, beside the end of the case. */
function execution(payment: Payment, agreed: Agreed, now: Circumstances): Decision {
  const { one, offer } = agreed
  const operation = one.reference === undefined ? undefined : operationOf(payment, one.reference)
  switch (offer.action) {
    case 'adopt':
      return adopted(payment, operation, agreed, now)
    case 'reverse':
      return reversed(payment, operation, agreed, now)
    case 'refund':
      return intendOperation(payment, refundOf(payment, operation, agreed, now), now)
    case 'close':
      return offer.people === 1 || operation === undefined
        ? events([])
        : notHappened(payment, operation, agreed, now)
    case 'retry': {
      const work = workOfCase(payment, one)
      return events(work === undefined ? [] : [{ type: 'work-retried', key: work.key, atMs: now.nowMs }])
    }
    default:
      return offer.action satisfies never
  }
}

/** It happened at the PSP: what people have seen there is concluded from as any other evidence is. */
function adopted(
  payment: Payment,
  operation: Operation | undefined,
  agreed: Agreed,
  now: Circumstances,
): Decision {
  if (operation === undefined) throw new Error(`case ${agreed.one.caseId} is about no operation to adopt`)
  const isDead = operation.kind === 'reversal'
  const kind: FindingKind = isDead ? 'reversed' : isCharge(operation) ? 'approved' : 'done'
  // Of a sale that was approved before: its capture is booked.
  const booked = operation.state === 'approved' ? { captured: true } : {}
  return conclude(payment, operation.reference, { ...said(kind, agreed, now), ...booked }, now)
}

/** The charge is undone at the PSP. A reversal that came to nothing is given up for it. */
function reversed(
  payment: Payment,
  operation: Operation | undefined,
  agreed: Agreed,
  now: Circumstances,
): Decision {
  const charge = chargeOfCase(payment, operation)
  if (charge === undefined) throw new Error(`case ${agreed.one.caseId} is about no charge to reverse`)
  const given: PaymentEvent[] =
    operation?.kind === 'reversal' && !isEnd(operation.state)
      ? [move(operation, 'failed', said('refused', agreed, now))]
      : []
  return events([...given, { type: 'operation-intended', operation: reversalOf(charge, now) }])
}

function refundOf(
  payment: Payment,
  operation: Operation | undefined,
  { amountMinor }: Agreed,
  { freshReference }: Circumstances,
) {
  const charge = chargeOfCase(payment, operation)
  if (charge === undefined) throw new Error('a refund was offered where there is no charge')
  const { gateway, account } = charge
  return { kind: 'refund', amountMinor, reference: freshReference, gateway, account } as const
}

/** It did not happen at the PSP. A charge is asked about later all the same: people see what an inquiry would. */
function notHappened(payment: Payment, operation: Operation, agreed: Agreed, now: Circumstances): Decision {
  const finding = said('refused', agreed, now)
  if (operation.kind === 'reversal') return events([move(operation, 'failed', finding)])
  if (!isCharge(operation)) return conclude(payment, operation.reference, finding, now)
  // What waits for its payer ends in one way only: nobody pays there any more.
  const isWaiting = operation.payableForMs !== undefined || operation.state === 'challenged'
  const again = now.nowMs + (NOT_SEEN_AGAIN_MS[0] ?? 0)
  return events(
    [move(operation, isWaiting ? 'abandoned' : 'not-seen', finding, again)],
    released(now.order, payment),
  )
}

/** What people say, as evidence: who, and why. */
function said(kind: FindingKind, agreed: Agreed, now: Circumstances): Finding {
  const { one, offer, command } = agreed
  const first = offer.people === 2 ? one.proposal : undefined
  const last = `${command.by}: ${command.why}`
  const text = first === undefined ? last : `${first.by}: ${first.why} / ${last}`
  const evidence: Evidence = { source: 'person', atMs: now.nowMs, text }
  return { kind, evidence, askedAtMs: now.nowMs }
}
