import { failure } from '../errors.ts'
import type { ReturnDoor } from '../gateway/gateway.ts'
import { changeOfMind } from '../payment/change-of-mind.ts'
import { abandonChallenge, intendNextLeg } from '../payment/conclude-challenged.ts'
import type { Decision } from '../payment/decision.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { isEnd } from '../payment/operation-states.ts'
import { orderVersionOf } from '../payment/order.ts'
import { chargeOf, type Operation } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { ChangeOfMindResult, PayerReturn, ReturnResult } from './api.ts'
import { beside, keepBusy } from './beside.ts'
import { type Committed, commit, load, type Session } from './commit.ts'
import { withConsequences } from './consequences.ts'
import { hear } from './hear.ts'
import { runLocal } from './local-step.ts'
import { circumstances, type EngineNode, takenBy } from './node.ts'
import { deliver } from './outbox.ts'
import { orderToPay } from './pay.ts'
import { resume } from './recovery.ts'
import { reload, sendAll } from './resolve.ts'
import { sameText } from '../gateway/same-text.ts'
import { linkOf, resultOf, viewOf } from './views.ts'

/** The payer's browser at one of the doors. Whatever it says, it decides nothing. */
export async function payerReturned(node: EngineNode, visit: PayerReturn): Promise<ReturnResult> {
  const { session, module } = await sessionOf(node, visit.link)
  const waitMs = visit.waitMs ?? node.limits.answerWithinMs + node.limits.sendWithinMs
  if (visit.door === 'challenge') {
    const after = await backFromChallenge(node, module, session, visit, waitMs)
    return { ...resultOf(after, node), notice: undefined }
  }
  const notice = await doorstep(node, module, session, visit.door)
  const after = await lookNow(node, module, session, visit, waitMs)
  return { ...resultOf(after, node), notice }
}

/** Only who was sent to the challenge knows the token of its return address. */
function isExpected(charge: Operation | undefined, token: string | undefined): boolean {
  if (charge?.state !== 'challenged' || charge.handedOver === undefined || token === undefined) return false
  return sameText(token, charge.handedOver.returnToken)
}

/**
 * Back from the challenge. Who comes second finds the next leg written down, and gets what there is to see. What else
 * is written about the payment at this moment, such as that the shop was told, is no reason to lose the payer's return.
 */
async function backFromChallenge(
  node: EngineNode,
  module: PaymentModule,
  from: Session,
  visit: PayerReturn,
  waitMs: number,
): Promise<Session> {
  let session = from
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    const charge = chargeOf(session.payment)
    if (charge === undefined || !isExpected(charge, visit.token)) return session
    const written = await nextLeg(node, module, session, charge)
    if (written !== undefined) return sendLeg(node, module, written, visit, waitMs)
    session = await reload(node, session)
  }
  throw failure('CF_JOURNAL_CONFLICT', `the payment changed ${CONFLICTS_MAX} times meanwhile`)
}

interface WrittenLeg {
  readonly session: Session
  readonly toSend: readonly string[]
}

/**
 * The next leg, written down; undefined when somebody else wrote meanwhile. The bank has let the payer agree to one
 * amount: when the order has changed since, that is void, and nothing was charged.
 */
async function nextLeg(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  charge: Operation,
): Promise<WrittenLeg | undefined> {
  const { payment } = session
  const order = await orderToPay(node, payment.orderId)
  const now = circumstances(node, module, session.order)
  const mine = session.order.state === 'held' && session.order.paymentId === payment.paymentId
  const isVoid = !mine || orderVersionOf(order) !== charge.orderVersion
  const decision = isVoid
    ? abandonChallenge(payment, charge, 'the order has changed since the payer agreed to its amount', now)
    : intendNextLeg(charge, now)
  // The hold is made sure of again: the order may be closed at this moment (design 5.3).
  const held = isVoid ? undefined : { ...session.order, revision: session.order.revision + 1 }
  const written = await write(node, module, session, decision, held)
  return written === undefined ? undefined : { session: written, toSend: isVoid ? [] : [charge.reference] }
}

async function sendLeg(
  node: EngineNode,
  module: PaymentModule,
  written: WrittenLeg,
  visit: PayerReturn,
  waitMs: number,
): Promise<Session> {
  const { paymentId } = written.session.payment
  const presence = node.presences.take(paymentId)
  return beside(
    node,
    written.session,
    waitMs,
    async (answer) => {
      const browser = visit.browser ?? presence.browser
      const sent = await sendAll(node, module, written, { ...presence, browser })
      answer(sent)
      await deliver(node, module, sent)
    },
    keepBusy(node, paymentId),
  )
}

/** The order as the shop's own pages have it; a step here may refuse, which is shown and decides nothing. */
async function doorstep(
  node: EngineNode,
  module: PaymentModule,
  { payment }: Session,
  door: ReturnDoor,
): Promise<string | undefined> {
  const name = door === 'success' || door === 'pending' ? 'postprocess' : 'cancel'
  const steps = module.pipelines[name]?.steps ?? []
  if (steps.length === 0) return undefined
  const order = await orderToPay(node, payment.orderId)
  const values: Record<string, unknown> = { ...payment.values }
  for (const step of steps) {
    if (step.kind !== 'local') continue
    const context = {
      order,
      payment,
      record: undefined,
      value: (token: { readonly name: string }) => values[token.name] as never,
    }
    const answer = await runLocal(node, step, context)
    if (answer.kind === 'refused') return answer.reason
    Object.assign(values, answer.values)
  }
  return undefined
}

/** A payer at the door is a reason to ask the PSP, once per door; the answer decides. */
async function lookNow(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  visit: PayerReturn,
  waitMs: number,
): Promise<Session> {
  const charge = chargeOf(session.payment)
  if (visit.door === 'challenge' || charge?.payableForMs === undefined || isEnd(charge.state)) return session
  // Its registration is on its way: nobody can have been there.
  if (charge.state === 'intended' && charge.inDoubtSinceMs === undefined) return session
  const said = module.gateway.hosted?.readReturn(visit.query ?? {})
  const text = `the payer came back by the door '${visit.door}'${said === undefined ? '' : `: ${said}`}`
  const heard = await hear(node, session, {
    notice: `return:${visit.door}`,
    reference: charge.reference,
    evidence: { source: 'return', atMs: node.world.nowMs(), text: module.gateway.scrub(text).slice(0, 300) },
    asks: true,
  })
  if (heard === undefined) return session
  return beside(
    node,
    heard,
    waitMs,
    async (answer) => {
      await resume(node, session.payment.paymentId)
      answer(await reload(node, session))
    },
    () => undefined,
  )
}

/** The payer wants another way to pay: what can be closed by evidence is closed, the rest is the module's policy. */
export async function changeMind(node: EngineNode, link: string): Promise<ChangeOfMindResult> {
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    const { session, module } = await sessionOf(node, link)
    const mind = changeOfMind(session.payment, circumstances(node, module, session.order))
    const payment = viewOf(session, node)
    if (mind.kind === 'under-way') return { kind: 'under-way', payment }
    if (mind.kind === 'open') {
      return module.onChangeOfMind === 'switch' && mind.authorizes
        ? { kind: 'free', payment }
        : { kind: 'held', untilMs: mind.untilMs, payment }
    }
    if (mind.decision === undefined) return { kind: 'free', payment }
    const closed = await write(node, module, session, mind.decision, undefined)
    if (closed === undefined) continue
    const told = await deliver(node, module, closed)
    return { kind: 'free', payment: viewOf(told, node) }
  }
  throw failure('CF_JOURNAL_CONFLICT', `the payment changed ${CONFLICTS_MAX} times meanwhile`)
}

const CONFLICTS_MAX = 5

/** Who writes a decision owns the payment from then on; undefined when somebody else was faster. */
async function write(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  decision: Decision,
  held: Session['order'] | undefined,
): Promise<Session | undefined> {
  if (decision.kind === 'refused') throw failure(decision.code, decision.text, decision.details)
  const now = circumstances(node, module, session.order)
  const events: readonly PaymentEvent[] = [...takenBy(node, session.payment), ...decision.events]
  const order = decision.order ?? held
  const list = withConsequences(module, session.payment, events, now, order)
  const committed: Committed = await commit(node, session, list, order)
  return committed.kind === 'committed' ? committed.session : undefined
}

/** @throws CF_LINK_INVALID for a wrong token as for an unknown id. */
async function sessionOf(
  node: EngineNode,
  link: string,
): Promise<{ readonly session: Session; readonly module: PaymentModule }> {
  const session = await load(node, link.split('.', 1)[0] ?? '')
  if (session === undefined || !sameText(link, linkOf(session.payment))) {
    throw failure('CF_LINK_INVALID', 'the link of a payment is unknown')
  }
  const module = node.modules.get(session.payment.module)
  if (module === undefined)
    throw failure('CF_MODULE_UNKNOWN', `the payment is of the module '${session.payment.module}'`)
  return { session, module }
}
