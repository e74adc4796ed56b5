import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { failure } from '../../errors.ts'

/** Checks by the very schemas that the OpenAPI document shows. Nothing is coerced, filled in or taken away. */
export const validateBySchema: FastifySchemaCompiler<TSchema> =
  ({ schema, httpPart }) =>
  (data: unknown) =>
    // A header has an error of its own; see idempotency.ts.
    httpPart === 'headers' || Value.Check(schema, data)
      ? { value: data }
      : { error: whatIsWrong(schema, data, httpPart === 'querystring' ? 'the query' : 'the body') }

/** Names the field and the rule, and quotes nothing of what was sent: that may be anything, also a card number. */
function whatIsWrong(schema: TSchema, data: unknown, part: string): Error {
  if (data === null || data === undefined) return failure('CF_REQUEST_INVALID', `${part} is missing`)
  const errors = Value.Errors(schema, data)
  // Of a value that fits none of several forms, the last word names what is wrong with all of them.
  const error =
    errors.find(({ keyword }) => keyword === 'required' || keyword === 'additionalProperties') ??
    errors.at(-1)
  if (error === undefined) return failure('CF_REQUEST_INVALID', `${part} does not fit its schema`)
  const where = error.instancePath === '' ? part : error.instancePath.slice(1)
  if (error.keyword === 'additionalProperties')
    return failure('CF_REQUEST_INVALID', `${where} has a field that is not known`)
  return failure('CF_REQUEST_INVALID', `${where} ${error.message}`)
}
