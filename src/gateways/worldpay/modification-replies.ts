import type { Answer, GatewayOperation, Outcome } from '../../gateway/gateway.ts'
import { onlyChild } from '../../gateway/xml.ts'
import type { XmlElement } from '../../gateway/xml.ts'
import {
  amountOf,
  ANOTHER_ORDER,
  echoOf,
  lastEventOf,
  note,
  notesOf,
  open,
  unauthorized,
  unclear,
  whyNot,
} from './envelope.ts'
import { type Merchant, targetOf } from './messages.ts'
import { effects, errorMeaning, receipts } from './words.ts'

/** The answer to a capture, void, refund or reversal. */
export function modificationOutcome(
  answer: Answer,
  operation: GatewayOperation,
  merchant: Merchant,
): Outcome {
  const { reference } = targetOf(operation)
  const opened = open(answer, merchant)
  switch (opened.kind) {
    case 'error': {
      if (opened.orderCode !== undefined && opened.orderCode !== reference) return unclear(ANOTHER_ORDER)
      const kind = errorMeaning(opened.code, opened.text)?.modification ?? 'unclear'
      const notes = { code: opened.code, text: opened.text }
      return kind === 'unclear' ? { kind, ...notes } : { kind, ...notes, echo: { reference } }
    }
    case 'ok':
      return receiptOutcome(opened.receipt, operation, reference)
    case 'status':
      if (opened.orderCode !== reference) return unclear(ANOTHER_ORDER)
      return effectOutcome(onlyChild(opened.status, 'payment'), operation, reference)
    case 'unauthorized':
      return unauthorized(reference)
    case 'unusable':
      return unclear(whyNot(opened))
    default:
      return opened satisfies never
  }
}

function receiptOutcome(receipt: XmlElement, { kind }: GatewayOperation, reference: string): Outcome {
  if (receipts[kind]?.includes(receipt.name) !== true)
    return unclear(`${receipt.name} answers another request`)
  if (receipt.attributes['orderCode'] !== reference) return unclear(ANOTHER_ORDER)
  const echo = echoOf(reference, amountOf(onlyChild(receipt, 'amount')))
  return { kind: 'accepted', code: note(receipt.name), text: 'received for processing', echo }
}

/** The amount in such an answer may be the order's or the modification's, so it is no echo. */
function effectOutcome(
  payment: XmlElement | undefined,
  { kind }: GatewayOperation,
  reference: string,
): Outcome {
  if (payment === undefined) return unclear('the status of an order without its payment')
  const event = lastEventOf(payment)
  const notes = notesOf(payment, event)
  const words = effects[kind]
  if (words?.done.includes(event)) return { kind: 'done', ...notes, echo: { reference } }
  if (words?.accepted.includes(event)) return { kind: 'accepted', ...notes, echo: { reference } }
  if (words?.refused.includes(event)) return { kind: 'refused', ...notes, echo: { reference } }
  return { kind: 'unclear', ...notes }
}
