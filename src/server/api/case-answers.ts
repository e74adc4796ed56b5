import type { CaseDetails, CaseEvent, CaseEvidence, CaseView } from '../../engine/api.ts'
import { amountField, caseAnswer, exactNumber, isoTime, paymentAnswer } from './answers.ts'
import type { CaseDetails as Details, CaseInList } from './case-schemas.ts'

export function caseInListAnswer(view: CaseView): CaseInList {
  const { paymentId, orderId, module, status, amountMinor, currency, actions } = view
  return {
    ...caseAnswer(view),
    paymentId,
    orderId,
    module,
    status,
    amountMinor: exactNumber(amountMinor),
    currency,
    actions: actions.map(({ action, people, text, mostMinor }) => ({
      action,
      people,
      text,
      ...(mostMinor !== undefined && { mostMinor: exactNumber(mostMinor) }),
    })),
  }
}

export function caseDetailsAnswer(view: CaseDetails): Details {
  return {
    ...caseInListAnswer(view),
    payment: paymentAnswer(view.payment),
    evidence: view.evidence.map(evidenceAnswer),
    history: view.history.map(eventAnswer),
  }
}

function evidenceAnswer({
  atMs,
  source,
  found,
  code,
  text,
  pspReference,
}: CaseEvidence): Details['evidence'][number] {
  return {
    at: isoTime(atMs),
    source,
    found,
    ...(code !== undefined && { code }),
    text,
    ...(pspReference !== undefined && { pspReference }),
  }
}

function eventAnswer(event: CaseEvent): Details['history'][number] {
  const at = isoTime(event.atMs)
  switch (event.type) {
    case 'case-opened':
      return { at, what: 'opened', text: event.text }
    case 'case-proposed':
      return {
        at,
        what: 'proposed',
        action: event.action,
        by: event.by,
        why: event.why,
        ...amountField(event),
      }
    case 'case-closed': {
      const { action, by, why, approvedBy, approvedWhy } = event
      return {
        at,
        what: 'closed',
        action,
        by,
        why,
        ...(approvedBy !== undefined && { approvedBy }),
        ...(approvedWhy !== undefined && { approvedWhy }),
        ...amountField(event),
      }
    }
    default:
      return event satisfies never
  }
}
