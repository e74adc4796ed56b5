import Type from 'typebox'
import { Problem } from './schemas.ts'

/** What the OpenAPI document says of each operation. */
export interface OperationText {
  readonly operationId: string
  readonly summary: string
  readonly description: string
}

export const postOrderText: OperationText = {
  operationId: 'handOverOrder',
  summary: 'Hand over an order',
  description:
    'Books an order and answers where to send the payer. The same order again, with any key, is answered with 200; ' +
    'other content under the same id is refused, because a payment for it may be under way.',
}

export const getOrderText: OperationText = {
  operationId: 'readOrder',
  summary: 'Read an order',
  description: 'The order, what has become of it, and its payments.',
}

export const getPaymentText: OperationText = {
  operationId: 'readPayment',
  summary: 'Read a payment',
  description: 'One payment, with its operations and what a person must decide about it.',
}

export const postSettlementText: OperationText = {
  operationId: 'compareSettlement',
  summary: 'Compare lines of a settlement report',
  description:
    'Needs the key of an operator. Compares what the provider has paid out with what is written down, line by line. ' +
    'What differs becomes a case. The same lines again are answered the same and write nothing.',
}

export const postPeriodEndText: OperationText = {
  operationId: 'endSettlementPeriod',
  summary: 'Close a period of settlement reports',
  description:
    'Needs the key of an operator. What should be in a report by then and is in none becomes a case, once. One page of ' +
    'payments at a time: go on with `next` until there is none.',
}

export const listCasesText: OperationText = {
  operationId: 'listCases',
  summary: 'List the open cases',
  description:
    'What a person must decide, newest payments first. A page can be short, or empty where a filter leaves nothing of ' +
    'it: there are more as long as `next` is answered.',
}

export const getCaseText: OperationText = {
  operationId: 'readCase',
  summary: 'Read a case',
  description:
    'One case, open or closed, with its payment, how its operation went, what can be done, and what was said about it.',
}

export const postResolutionText: OperationText = {
  operationId: 'resolveCase',
  summary: 'Resolve a case',
  description:
    'Needs the key of an operator, whose name stands in the journal. Where money moves, or a doubt is ended by ' +
    "people's word, the first call proposes, and the same call by another operator carries it out.",
}

export const getInDoubtText: OperationText = {
  operationId: 'readInDoubt',
  summary: 'Read what is in doubt',
  description:
    'How many payments nobody knows the end of now, since when, how much money they may have moved, and when the next ' +
    'of them is asked about. What people must decide is listed as cases.',
}

export const getErrorText: OperationText = {
  operationId: 'readError',
  summary: 'Read what an error means',
  description: 'Where the `type` of a problem leads. It needs no key.',
}

export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.String({
    minLength: 8,
    maxLength: 130,
    description:
      '8 to 128 characters of [A-Za-z0-9_.:-], in quotes or not, new for each order: a request that is repeated ' +
      'with its key is answered as it was the first time.',
  }),
})

const problemTexts: Readonly<Record<number, string>> = {
  400: 'The body or the Idempotency-Key is not as it must be.',
  401: 'The API key is missing or not known.',
  403: 'The API key is not for that: cases are resolved by operators, orders are handed over by clients.',
  404: 'There is nothing with this id.',
  409: 'The order was handed over with other content, or a request with this key is being answered. Of a case: see the code.',
  413: 'The body is too large.',
  415: 'The body is not application/json.',
  422: 'The key was used for another body, or the amount or currency cannot be, or a text holds a card number.',
  429: 'Too many requests; see Retry-After.',
  503: 'The order book, the journal or the engine is away; see Retry-After.',
}

/** The problems that an operation answers with, for the document. One place sends them: problems.ts. */
export function problems(...statuses: readonly number[]): Readonly<Record<string, object>> {
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: problemTexts[status] ?? '',
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  )
}
