import { abandonChallenge } from './conclude-challenged.ts'
import { type Circumstances, type Decision, events, released } from './decision.ts'
import { isEnd } from './operation-states.ts'
import { awaitsPayer, chargeOf, type Operation, type Payment } from './state.ts'
import { countsFromMs } from './waiting-rule.ts'

/** What the payer can do who comes back unpaid and wants another way to pay. */
export type ChangeOfMind =
  /** Closed, or closed before: the order is free. */
  | { readonly kind: 'closed'; readonly decision: Decision | undefined }
  /**
   * It stays open at the PSP. Where it only authorizes, another may begin if the module's policy says so; else the
   * order is held until `untilMs`, as far as can be told.
   */
  | { readonly kind: 'open'; readonly untilMs: number; readonly authorizes: boolean }
  /** It is being decided at this moment: wait for its end. */
  | { readonly kind: 'under-way' }

/** Closes by evidence where that is possible: nothing happens at the PSP without us, or no payer ever got there (design 5.6). */
export function changeOfMind(payment: Payment, now: Circumstances): ChangeOfMind {
  const charge = chargeOf(payment)
  if (charge === undefined) return { kind: 'under-way' }
  if (isEnd(charge.state)) {
    const isFree = now.order.paymentId !== payment.paymentId || now.order.state === 'open'
    return isFree ? { kind: 'closed', decision: undefined } : { kind: 'under-way' }
  }
  if (charge.frozenBy !== undefined) return { kind: 'under-way' }
  if (charge.state === 'challenged') {
    const text = 'the payer wants another way to pay; nothing happens without our next leg'
    return { kind: 'closed', decision: abandonChallenge(payment, charge, text, now) }
  }
  if (charge.payableForMs === undefined) return { kind: 'under-way' }
  if (charge.state === 'intended' && charge.inDoubtSinceMs !== undefined) {
    return { kind: 'closed', decision: abandonRegistration(payment, charge, now) }
  }
  if (!awaitsPayer(charge)) return { kind: 'under-way' }
  return {
    kind: 'open',
    // Two inquiries that agree, the lag apart, have to say so then.
    untilMs: countsFromMs(charge, now.rules) + now.rules.inquiryLagMs,
    authorizes: charge.kind === 'authorize',
  }
}

/** No payer has its address, and none will: it is handed out only after the commit that this one comes before. */
function abandonRegistration(payment: Payment, charge: Operation, now: Circumstances): Decision {
  const text = 'registered or not, no payer was ever given the address of its page'
  return events(
    [
      {
        type: 'operation-moved',
        reference: charge.reference,
        to: 'abandoned',
        evidence: { source: 'engine', atMs: now.nowMs, text },
      },
    ],
    released(now.order, payment),
  )
}
