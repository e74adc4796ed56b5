import { reasonOf } from '../errors.ts'
import type { Notice } from '../gateway/gateway.ts'
import type { InboxItem } from '../journal/journal.ts'
import { isSpent, uncapturedMinor } from '../payment/balances.ts'
import { conclude } from '../payment/conclude.ts'
import type { Circumstances, Decision } from '../payment/decision.ts'
import { openCase } from '../payment/draft.ts'
import type { Evidence, PaymentEvent } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
import type { Finding } from '../payment/finding.ts'
import { isEnd } from '../payment/operation-states.ts'
import { isCharge, type Operation, operationOf, type Payment } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import { keepBusy } from './beside.ts'
import { beforeNextTry, COMMIT_TRIES_MAX, commit, type Session } from './commit.ts'
import { withConsequences } from './consequences.ts'
import { evidenceOf, findingOfNotice } from './findings.ts'
import { notified } from './hear.ts'
import { circumstances, type EngineNode, takenBy } from './node.ts'
import { deliver } from './outbox.ts'
import { NOBODY } from './presence.ts'
import { reload, sendAll, toSend, versionNow } from './resolve.ts'

type Told = Extract<Notice, { kind: 'notice' }>

/**
 * What follows from a notification: written down once, however often it comes (F15). Where the module believes its
 * source and it says something for certain, it is evidence like an answer; else an inquiry has to confirm it.
 */
export async function weighNotice(
  node: EngineNode,
  module: PaymentModule,
  from: Session,
  notice: Told,
  item: InboxItem,
  passed: boolean,
): Promise<void> {
  const believed = passed && item.isAuthentic && module.believe === 'source'
  let session = from
  const saysApproved = believed && notice.found?.charge === 'approved'
  const version = await versionNow(node, from, notice.reference, saysApproved)
  for (let tries = 0; tries < COMMIT_TRIES_MAX; tries++) {
    const isCopy = session.payment.notices.includes(item.id)
    if (isCopy && !isUnexplained(session.payment, notice)) return
    // Whether the same words tell of the same thing, or of another one, only an inquiry can say.
    const weighed = weigh(node, module, session, notice, item, believed && !isCopy, version)
    try {
      const committed = await commit(node, session, weighed.events, weighed.order)
      if (committed.kind === 'committed') return await follow(node, module, committed.session, weighed.events)
    } catch (error) {
      await beforeNextTry(node, tries, error)
    }
    session = await reload(node, session)
  }
  throw new Error(
    `a notification about ${notice.reference} could not be written in ${COMMIT_TRIES_MAX} tries`,
  )
}

/** What was written down with it is sent, and the shop is told; what has to be confirmed is due at once. */
async function follow(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  list: readonly PaymentEvent[],
): Promise<void> {
  const { paymentId } = session.payment
  // Whoever else is at work on it here does not know what this has written down: nobody but we will send that.
  const release = keepBusy(node, paymentId)
  try {
    const sent = await sendAll(node, module, { session, toSend: toSend(list) }, NOBODY)
    await deliver(node, module, sent)
  } catch (error) {
    node.log({ level: 'error', message: `left to recovery: ${reasonOf(error)}`, paymentId })
  } finally {
    release()
  }
}

interface Weighed {
  readonly events: readonly PaymentEvent[]
  readonly order: Session['order'] | undefined
}

function weigh(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  notice: Told,
  item: InboxItem,
  believed: boolean,
  version: { readonly versionNow?: string },
): Weighed {
  const { payment } = session
  const charge = chargeOfNotice(payment, notice)
  const subject = subjectOf(payment, charge, notice)
  const notes = notice.found ?? { word: notice.word, text: notice.word }
  const evidence = evidenceOf('notification', module.gateway, notes, item.raw, node.world.nowMs())
  const now = { ...circumstances(node, module, session.order), ...version }
  const finding = believed ? certain(module, charge, subject, notice, evidence) : undefined
  const decision: Decision | undefined =
    finding === undefined ? undefined : conclude(payment, subject.reference, finding, now)
  const concluded = decision?.kind === 'events' && decision.events.length > 0
  // What was concluded may be a part of what it says: a refund, told before the capture that it is of. And what is told
  // to have been won may have been lost once more since, in words that were taken for a copy of the first.
  const asks = concluded
    ? isUnexplained(fold(payment, decision.events), notice) || notice.found?.dispute === 'reversed'
    : isNews(payment, charge, subject, notice)
  const heard = notified(node, payment, { notice: item.id, reference: subject.reference, evidence, asks })
  const decided = concluded ? decision.events : []
  const order = decision?.kind === 'events' ? decision.order : undefined
  const later = askedLater(payment, charge, subject, notice, heard, now)
  const opened = believed ? adverse(payment, charge, notice, evidence, now) : []
  const list = withConsequences(module, payment, [heard, ...later, ...opened, ...decided], now, order)
  // Who writes down what is to be sent owns the payment: its answer must find the fence that it was sent under.
  const taken = list.some(sends) ? takenBy(node, payment) : []
  return { events: [...taken, ...list], order }
}

/**
 * An inquiry shows the PSP's last word alone: a failure, or an end, that we were told of on good authority is a case
 * even if another word has covered it by the time that we ask.
 */
function adverse(
  payment: Payment,
  charge: Operation,
  notice: Told,
  evidence: Evidence,
  now: Circumstances,
): readonly PaymentEvent[] {
  const isAdverse = notice.found?.failed !== undefined || notice.found?.expired === true
  if (!isAdverse || !isUnexplained(payment, notice)) return []
  return openCase(
    payment,
    charge,
    'failed-late',
    { kind: 'unclear', evidence, askedAtMs: evidence.atMs },
    now,
  )
}

/**
 * While a modification of ours is under way a word of the PSP is taken to be about that. One that our books do not
 * explain is asked about once more, of the charge itself, when that must have ended.
 */
function askedLater(
  payment: Payment,
  charge: Operation,
  subject: Operation,
  notice: Told,
  heard: Extract<PaymentEvent, { type: 'notified' }>,
  now: Circumstances,
): readonly PaymentEvent[] {
  const isOurs = subject === charge || notice.modification === subject.reference
  if (isOurs || !isUnexplained(payment, notice)) return []
  return [{ ...heard, reference: charge.reference, nextTryAtMs: now.nowMs + now.rules.inquiryLagMs }]
}

function sends(event: PaymentEvent): boolean {
  return event.type === 'operation-intended' || event.type === 'operation-retried'
}

function chargeOfNotice(payment: Payment, { reference }: Told): Operation {
  const charge = operationOf(payment, reference) ?? payment.operations.findLast((other) => isCharge(other))
  if (charge === undefined) throw new Error(`payment ${payment.paymentId} has no charge ${reference}`)
  return charge
}

/** The operation that it is about: the modification that it names, else what of the charge is still to be resolved. */
function subjectOf(payment: Payment, charge: Operation, { modification, found }: Told): Operation {
  const named = modification === undefined ? undefined : operationOf(payment, modification)
  // What is told of one that has ended is a fact about the charge, and so is what the payer's bank does.
  if (named !== undefined) return isEnd(named.state) ? charge : named
  if (found?.dispute !== undefined && charge.state === 'approved') return charge
  if (!isEnd(charge.state) && charge.frozenBy === undefined) return charge
  const unresolved = payment.operations.find(
    (other) => other.target === charge.reference && !isEnd(other.state),
  )
  return unresolved ?? charge
}

/** What a believed notification says for certain; undefined leaves it to an inquiry. */
function certain(
  module: PaymentModule,
  charge: Operation,
  subject: Operation,
  notice: Told,
  evidence: Evidence,
): Finding | undefined {
  if (subject !== charge) {
    if (notice.effect === undefined || notice.modification !== subject.reference) return undefined
    return { kind: notice.effect, askedAtMs: evidence.atMs, evidence }
  }
  if (notice.found === undefined) return undefined
  const finding = findingOfNotice(module, charge, notice.found, evidence)
  // What was booked since, and what is wrong with it, only an inquiry tells for certain.
  return finding.failed === undefined && CERTAIN.has(finding.kind) ? finding : undefined
}

const CERTAIN: ReadonlySet<Finding['kind']> = new Set(['approved', 'declined', 'pending', 'reversed'])

/** Whether there is anything to ask about: a word that says what we know already is none. */
function isNews(payment: Payment, charge: Operation, subject: Operation, { found }: Told): boolean {
  if (found === undefined) return false
  if (!isEnd(subject.state)) return true
  const odd = found.failed !== undefined || found.dispute !== undefined || found.expired === true
  if (odd) return true
  if (charge.state !== 'approved') return found.charge === 'approved'
  if (found.charge === 'reversed') return true
  const { capturedMinor = 0n, refundedMinor = 0n } = found.balances ?? {}
  const { balances } = payment
  return (
    (found.captured && balances.capturingMinor > 0n) ||
    refundedMinor > balances.refundedMinor ||
    capturedMinor > balances.capturedMinor + balances.capturingMinor
  )
}

/**
 * It speaks of something that our books do not show (any more). The same words a second time are no copy then: two
 * chargebacks, or two refunds of one amount, can be told in the very same words.
 */
function isUnexplained(payment: Payment, { reference, found }: Told): boolean {
  const { balances } = payment
  if (found === undefined || operationOf(payment, reference)?.state !== 'approved') return false
  if (found.dispute !== undefined) {
    return (found.dispute === 'charged-back') === (balances.chargedBackMinor === 0n)
  }
  if (found.failed === 'capture') return balances.capturedMinor + balances.capturingMinor > 0n
  if (found.failed === 'refund') return balances.refundedMinor > 0n
  // What is still to be booked cannot be, once its authorization has expired.
  if (found.expired === true) return uncapturedMinor(balances) + balances.capturingMinor > 0n
  if (found.charge === 'reversed') return !isSpent(balances)
  return (found.balances?.refundedMinor ?? 0n) > balances.refundedMinor
}
