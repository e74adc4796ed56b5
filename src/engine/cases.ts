import { failure } from '../errors.ts'
import type { StoredPayment } from '../journal/journal.ts'
import { actionsFor, type Can } from '../payment/case-actions.ts'
import { caseText } from '../payment/case-text.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { type Case, operationOf, type Payment } from '../payment/state.ts'
import type { CaseDetails, CaseEvent, CaseEvidence, CaseId, CaseQuery, CaseView } from './api.ts'
import type { EngineNode } from './node.ts'
import { operationView, viewOf } from './views.ts'

/** Payments that are read at once while a case is looked for by its id alone, and in all. */
const PAGE_SIZE = 200
const SEARCHED_MAX = 10_000
/** What is shown of how an operation went: the latest. */
const EVIDENCE_MAX = 50

/**
 * The open cases of so many payments, newest payment first. An older version that goes on with a payment counts its
 * closed cases too (F25): what has no open one makes no page shorter than it is.
 */
export async function openCases(
  node: EngineNode,
  { limit, before }: Required<Pick<CaseQuery, 'limit'>> & CaseQuery,
): Promise<readonly CaseView[]> {
  const views: CaseView[] = []
  let last = before
  for (let found = 0, searched = 0; found < limit && searched < SEARCHED_MAX; ) {
    const from = last === undefined ? {} : { before: last }
    const asked = limit - found
    const page = await node.journal.list({ withCases: true, limit: asked, ...from })
    for (const { payment } of page.payments) {
      const open = payment.cases.filter(({ closed }) => closed === undefined)
      views.push(...open.map((one) => caseView(node, payment, one)))
      if (open.length > 0) found++
    }
    searched += asked
    last = page.next
    if (last === undefined) break
  }
  return views
}

/** One case with all that is known of it, also a closed one; by its id alone it is found while it is open. */
export async function findCase(node: EngineNode, id: string | CaseId): Promise<CaseDetails | undefined> {
  const caseId = typeof id === 'string' ? id : id.caseId
  const stored = typeof id === 'string' ? await search(node, id) : await node.journal.read(id.paymentId)
  if (stored === undefined || caseOf(stored.payment, caseId) === undefined) return undefined
  return caseDetails(node, stored, caseId)
}

async function search(node: EngineNode, caseId: string): Promise<StoredPayment | undefined> {
  let before: string | undefined
  for (let searched = 0; searched < SEARCHED_MAX; searched += PAGE_SIZE) {
    const from = before === undefined ? {} : { before }
    const page = await node.journal.list({ withCases: true, limit: PAGE_SIZE, ...from })
    const found = page.payments.find(({ payment }) => caseOf(payment, caseId) !== undefined)
    before = page.next
    if (found !== undefined || before === undefined) return found
  }
  throw failure('CF_QUERY', `more than ${SEARCHED_MAX} payments have open cases: name the payment too`)
}

function caseOf({ cases }: Payment, caseId: string): Case | undefined {
  return cases.find((one) => one.caseId === caseId)
}

/** Which operations the payment's gateway has; none where its module is not known here. */
export function canOf({ modules }: Pick<EngineNode, 'modules'>, { module }: Payment): Can {
  const operations = modules.get(module)?.gateway.operations ?? {}
  return (kind) => operations[kind] !== undefined
}

function caseView(node: EngineNode, payment: Payment, one: Case): CaseView {
  const { paymentId, orderId, status, module, amountMinor, currency } = payment
  return {
    ...one,
    text: caseText(one),
    paymentId,
    orderId,
    status,
    module,
    amountMinor,
    currency,
    actions: actionsFor(payment, one, canOf(node, payment)),
  }
}

export async function caseDetails(
  node: EngineNode,
  stored: StoredPayment,
  caseId: string,
): Promise<CaseDetails> {
  const { payment } = stored
  const one = caseOf(payment, caseId)
  if (one === undefined) throw new Error(`payment ${payment.paymentId} has no case ${caseId}`)
  const appends = await node.journal.history(payment.paymentId)
  const events = appends.flatMap((append) => append.events)
  const operation = one.reference === undefined ? undefined : operationOf(payment, one.reference)
  return {
    ...caseView(node, payment, one),
    payment: viewOf(stored, node),
    operation: operation === undefined ? undefined : operationView(operation),
    evidence: events.flatMap((event) => evidenceOf(event, one.reference)).slice(-EVIDENCE_MAX),
    history: events.filter((event): event is CaseEvent => isOfCase(event, caseId)).map(inWords),
  }
}

function inWords(event: CaseEvent): CaseEvent {
  return event.type === 'case-opened' ? { ...event, text: caseText(event) } : event
}

function isOfCase(event: PaymentEvent, caseId: string): boolean {
  switch (event.type) {
    case 'case-opened':
    case 'case-proposed':
    case 'case-closed':
      return event.caseId === caseId
    default:
      return false
  }
}

/** What an event says of the operation, without the raw message: that stays in the journal. */
function evidenceOf(event: PaymentEvent, reference: string | undefined): readonly CaseEvidence[] {
  if (!('evidence' in event) || event.reference !== reference) return []
  const { raw: _, ...evidence } = event.evidence
  return [{ ...evidence, found: foundBy(event) }]
}

function foundBy(event: Extract<PaymentEvent, { evidence: unknown }>): string {
  switch (event.type) {
    case 'operation-moved':
      return event.to
    case 'operation-inquired':
      return event.found
    case 'fact-recorded':
      return event.fact
    case 'operation-doubted':
      return 'in-doubt'
    default:
      return event.type
  }
}
