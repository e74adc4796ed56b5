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
  404: 'There is nothing with this id.',
  409: 'The order was handed over with other content, or a request with this key is being answered.',
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
