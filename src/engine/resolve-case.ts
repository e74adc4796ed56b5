import { failure } from '../errors.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { samePerson, whyNoName } from '../payment/people.ts'
import { resolveCase as decide } from '../payment/resolve-case.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { CaseRequest, CaseResolution } from './api.ts'
import { beside, keepBusy } from './beside.ts'
import { canOf, caseDetails } from './cases.ts'
import { commit, load, type Session } from './commit.ts'
import { withConsequences } from './consequences.ts'
import { circumstances, type EngineNode, takenBy } from './node.ts'
import { deliver } from './outbox.ts'
import { checkKey, refuseCardNumber } from './pay.ts'
import { NOBODY } from './presence.ts'
import { sendAll, toSend, versionNow } from './resolve.ts'

const CONFLICTS_MAX = 5
const NAME_CHARACTERS_MAX = 64
const WHY_CHARACTERS_MAX = 500

/**
 * What a person says about a case: written down as a proposal, or carried out in the append that closes it. What has to
 * be sent then is sent like anything else that was written down: once, and after a crash by whoever takes it up.
 */
export async function resolveCase(node: EngineNode, request: CaseRequest): Promise<CaseResolution> {
  checkRequest(request)
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    const session = await load(node, request.paymentId)
    if (session === undefined) throw failure('CF_CASE_UNKNOWN', `there is no payment ${request.paymentId}`)
    const said = await saidBefore(node, request)
    if (said !== undefined) return answer(node, session, request, said)
    const resolved = await resolveNow(node, request, session)
    if (resolved !== undefined) return resolved
  }
  throw failure(
    'CF_JOURNAL_CONFLICT',
    `payment ${request.paymentId} changed ${CONFLICTS_MAX} times meanwhile`,
  )
}

/** Undefined when somebody else wrote meanwhile: what fits is asked again then. */
async function resolveNow(
  node: EngineNode,
  request: CaseRequest,
  session: Session,
): Promise<CaseResolution | undefined> {
  const { payment } = session
  const module = node.modules.get(payment.module)
  if (module === undefined)
    throw failure('CF_MODULE_UNKNOWN', `payment ${payment.paymentId} is of the module '${payment.module}'`)
  const about = payment.cases.find(({ caseId }) => caseId === request.caseId)?.reference ?? ''
  const version = await versionNow(node, session, about, request.action === 'adopt')
  const now = { ...circumstances(node, module, session.order), ...version }
  const command = { ...request, amountMinor: request.amountMinor }
  const decision = decide(payment, command, now, canOf(node, payment))
  switch (decision.kind) {
    case 'refused':
      throw failure(decision.code, decision.text, decision.details)
    case 'known':
      return answer(node, session, request, 'resolved')
    case 'events':
      break
    default:
      return decision satisfies never
  }
  // A proposal decides nothing, so that whoever owns the payment goes on with it.
  const taken = decision.outcome === 'resolved' ? takenBy(node, payment) : []
  const list = withConsequences(module, payment, [...taken, ...decision.events], now, decision.order)
  const committed = await commit(node, session, list, decision.order)
  if (committed.kind === 'conflict') return undefined
  const latest =
    decision.outcome === 'resolved'
      ? await carryOut(node, module, committed.session, list)
      : committed.session
  return answer(node, latest, request, decision.outcome)
}

/** What was written down is sent and told beside the caller's wait. */
async function carryOut(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  list: readonly PaymentEvent[],
): Promise<Session> {
  return beside(
    node,
    session,
    node.limits.answerWithinMs + node.limits.sendWithinMs,
    async (tell) => {
      const sent = await sendAll(node, module, { session, toSend: toSend(list) }, NOBODY)
      tell(sent)
      await deliver(node, module, sent)
    },
    keepBusy(node, session.payment.paymentId),
  )
}

/** What this key has come to, also when another proposal has replaced it since. */
async function saidBefore(
  node: EngineNode,
  { paymentId, caseId, action, by, amountMinor, key }: CaseRequest,
): Promise<CaseResolution['outcome'] | undefined> {
  const appends = await node.journal.history(paymentId)
  for (const event of appends.flatMap((append) => append.events)) {
    if (event.type !== 'case-proposed' && event.type !== 'case-closed') continue
    if (event.key !== key) continue
    const who = event.type === 'case-closed' ? (event.approvedBy ?? event.by) : event.by
    const isSame = event.caseId === caseId && event.action === action && samePerson(who, by)
    if (!isSame || (amountMinor !== undefined && amountMinor !== event.amountMinor)) {
      throw failure(
        'CF_KEY_REUSED',
        `this key stands for '${event.action}' of case ${event.caseId} by ${who}`,
      )
    }
    return event.type === 'case-proposed' ? 'proposed' : 'resolved'
  }
  return undefined
}

async function answer(
  node: EngineNode,
  session: Session,
  { caseId }: CaseRequest,
  outcome: CaseResolution['outcome'],
): Promise<CaseResolution> {
  return { outcome, case: await caseDetails(node, session, caseId) }
}

/** Names and reasons are written down, and shown to others. */
function checkRequest({ key, by, why }: CaseRequest): void {
  checkKey(key)
  checkText('by', by, NAME_CHARACTERS_MAX)
  checkText('why', why, WHY_CHARACTERS_MAX)
  const whyNot = whyNoName(by)
  if (whyNot !== undefined) throw failure('CF_REQUEST_INVALID', `by: ${whyNot}`)
}

function checkText(field: string, text: string, charactersMax: number): void {
  const fits =
    typeof text === 'string' &&
    text.isWellFormed() &&
    text === text.trim() &&
    text.length >= 1 &&
    text.length <= charactersMax &&
    !/\p{Cc}/u.test(text)
  if (!fits) {
    throw failure(
      'CF_REQUEST_INVALID',
      `${field}: must be one line of 1 to ${charactersMax} characters, without spaces at its ends`,
    )
  }
  refuseCardNumber(field, text)
}
