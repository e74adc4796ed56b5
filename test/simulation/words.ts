import type { Change, Verdict } from '../../src/journal/journal.ts'
import type { PaymentEvent } from '../../src/payment/events.ts'

/** What a process has written, in words. */
export function changeInWords({ payment, order }: Change, verdict: Verdict): string {
  const about = payment === undefined ? `order ${order?.record.orderId}` : `payment ${payment.paymentId}`
  if (verdict.kind === 'conflict') return `cannot write to ${about}: the ${verdict.on} has moved on`
  const said = (payment?.events ?? []).map((event) => eventInWords(event))
  const at = payment === undefined ? '' : ` v${payment.expectedVersion + 1} f${payment.snapshot.fence}`
  const held = order === undefined ? '' : `; ${order.record.orderId} is ${order.record.state}`
  return `writes to ${about}${at}: ${said.join('; ')}${held}`
}

function eventInWords(event: PaymentEvent): string {
  switch (event.type) {
    case 'payment-opened':
      return `opened for ${event.orderId} by '${event.module}' with ${event.amountMinor} ${event.currency}`
    case 'owner-changed':
      return `taken over by ${event.owner}`
    case 'operation-intended':
      return `${event.operation.kind} ${event.operation.reference} of ${event.operation.amountMinor} intended`
    case 'operation-moved':
      return `${event.reference} is '${event.to}', by ${event.evidence.source}: ${event.evidence.text}`
    case 'operation-doubted':
      return `${event.reference} is in doubt: ${event.evidence.text}`
    case 'operation-inquired':
      return `${event.reference} asked about: ${event.found}`
    case 'notified':
      return `heard of ${event.reference}, by ${event.evidence.source}: ${event.evidence.text}`
    case 'fact-recorded':
      return `fact: ${event.fact} of ${event.amountMinor}`
    case 'status-reached':
      return `status ${event.status}`
    case 'case-opened':
      return `case '${event.reason}': ${event.text}`
    default:
      return othersInWords(event)
  }
}

/** The others are told by their name, and what they are about where they say it. */
function othersInWords(event: PaymentEvent): string {
  const { step, key, reference, outcome, reason } = event as Partial<Record<string, unknown>>
  const about = [reference, step, key, outcome, reason].filter((part) => typeof part === 'string')
  return [event.type, ...about].join(' ')
}
