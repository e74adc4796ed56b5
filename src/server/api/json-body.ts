import { CounterfoilError, failure } from '../../errors.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** What a reviver is told of a number, beside its value: how it was written. */
type Reviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown

/**
 * Reads a body of JSON with more care than JSON asks for. Text must be UTF-8, so that no name is stored with holes
 * in it. A number must be written as a whole one: a fraction that the parser rounds away would be another amount.
 *
 * @throws CF_REQUEST_INVALID
 */
export function parseJson(body: Buffer): unknown {
  const revive: Reviver = (_name, value, { source }) => {
    if (typeof value !== 'number' || /^-?\d+$/.test(source ?? '')) return value
    throw failure('CF_REQUEST_INVALID', 'a number is not written as a whole number of digits')
  }
  let text: string
  try {
    text = utf8.decode(body)
  } catch (error) {
    throw failure('CF_REQUEST_INVALID', 'the body is not UTF-8', {}, error)
  }
  try {
    return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1])
  } catch (error) {
    if (error instanceof CounterfoilError) throw error
    // The parser quotes what it could not read, and that may be anything.
    throw failure('CF_REQUEST_INVALID', 'the body is not JSON', {}, error)
  }
}
