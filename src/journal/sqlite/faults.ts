import { CounterfoilError, type ErrorCode, failure, reasonOf } from '../../errors.ts'
import { type Fault, faultOf } from '../../sqlite/fault.ts'

const CODE_BY_FAULT: Readonly<Record<Fault, ErrorCode>> = {
  full: 'CF_JOURNAL_FULL',
  io: 'CF_JOURNAL_UNAVAILABLE',
  corrupt: 'CF_JOURNAL_CORRUPT',
  'read-only': 'CF_JOURNAL_READ_ONLY',
  busy: 'CF_JOURNAL_UNAVAILABLE',
  missing: 'CF_JOURNAL_UNAVAILABLE',
  refused: 'CF_JOURNAL_REFUSED',
  other: 'CF_JOURNAL_UNAVAILABLE',
}

/** An error of the registry for anything that the driver or the file system threw. */
export function journalFailure(error: unknown, path: string): CounterfoilError {
  if (error instanceof CounterfoilError) return error
  return failure(CODE_BY_FAULT[faultOf(error)], `${path}: ${reasonOf(error)}`, {}, error)
}
