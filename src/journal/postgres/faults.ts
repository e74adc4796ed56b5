import { CounterfoilError, type ErrorCode, failure, reasonOf } from '../../errors.ts'

/*
 * SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html. A class is the first two characters.
 */

/** Raised by the function that commits: somebody else wrote the same thing meanwhile, and the batch is judged again. */
export const OVERTAKEN = 'CF001'
/** Raised by the function that commits: this writer was replaced by a later connection of the same journal. */
export const SUPERSEDED = 'CF002'

const DEADLOCK = '40P01'
const LOCK_TIMEOUT = '55P03'
const DISK_FULL = '53100'
const READ_ONLY_TRANSACTION = '25006'
const NO_RIGHT = '42501'

/** What to do about it, where the server's own words do not say so. */
const ADVICE: Readonly<Record<string, string>> = {
  [DISK_FULL]: 'make room on the disk of the database',
  [READ_ONLY_TRANSACTION]: 'this server is not the primary any more; name all servers in `url`',
  [NO_RIGHT]: 'grant the user of the journal all rights on its schema',
  [LOCK_TIMEOUT]: 'another transaction holds a row of this payment or order; look into pg_stat_activity',
  '3D000': 'create the database, or put right its name',
  '28P01': 'put right the user or the password',
  '28000': 'let this user and machine in, in pg_hba.conf',
  '53300': 'raise max_connections, or give each node fewer readers',
  '57P03': 'the server starts or stops; wait for it',
}

const CODE_BY_STATE: Readonly<Record<string, ErrorCode>> = {
  [DISK_FULL]: 'CF_JOURNAL_FULL',
  [NO_RIGHT]: 'CF_JOURNAL_READ_ONLY',
  XX001: 'CF_JOURNAL_CORRUPT', // data_corrupted
  XX002: 'CF_JOURNAL_CORRUPT', // index_corrupted
  '42P01': 'CF_JOURNAL_CORRUPT', // undefined_table
  '42703': 'CF_JOURNAL_CORRUPT', // undefined_column
  '42883': 'CF_JOURNAL_CORRUPT', // undefined_function
}

/** What the server said, or that it said nothing: the connection went away. */
export interface Fault {
  /** SQLSTATE; undefined for an error of the connection. */
  readonly state: string | undefined
  /** The server has rolled back, and the connection goes on: it is certain that nothing was written. */
  readonly isRolledBack: boolean
}

export function faultOf(error: unknown): Fault {
  const { code, severity } = (error ?? {}) as { readonly code?: unknown; readonly severity?: unknown }
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
  // FATAL and PANIC end the connection, at any moment, also after the commit.
  return { state, isRolledBack: state !== undefined && severity === 'ERROR' }
}

/** The same batch can succeed at once: who was in its way has committed. */
export function isWorthRepeating({ state }: Fault): boolean {
  return state === OVERTAKEN || state === DEADLOCK
}

/**
 * The server cannot hold what is in it, today and tomorrow: data exceptions (class 22), rules of the schema that our
 * verdicts know nothing of (23), limits of the program (54).
 */
export function isRefusal({ state, isRolledBack }: Fault): boolean {
  return isRolledBack && state !== undefined && /^(?:2[23]|54)/.test(state)
}

/** The fault of one change, which must not take the others of its batch with it (F22). */
export function isOfOneChange(fault: Fault): boolean {
  return fault.state === LOCK_TIMEOUT || isRefusal(fault)
}

export function isDiskFull({ state }: Fault): boolean {
  return state === DISK_FULL
}

/** After this the connection leads to a server that takes no writes, or will not for long. */
export function isNotThePrimary({ state }: Fault): boolean {
  return state === READ_ONLY_TRANSACTION
}

/** An error of the registry for anything that the driver threw. `name` is the journal's. */
export function journalFailure(error: unknown, name: string): CounterfoilError {
  if (error instanceof CounterfoilError) return error
  const fault = faultOf(error)
  const { state } = fault
  const unnamed = isRefusal(fault) ? 'CF_JOURNAL_REFUSED' : 'CF_JOURNAL_UNAVAILABLE'
  const code = CODE_BY_STATE[state ?? ''] ?? unnamed
  const advice = ADVICE[state ?? '']
  const text = `${name}: ${reasonOf(error)}${advice === undefined ? '' : `; ${advice}`}`
  return failure(code, text, state === undefined ? {} : { sqlState: state }, error)
}
