/** What is wrong with the file or its disk, by SQLite's primary result code or the system's error code. */
export type Fault = 'full' | 'io' | 'corrupt' | 'read-only' | 'busy' | 'missing' | 'refused' | 'other'

const FAULT_BY_RESULT_CODE: Readonly<Record<number, Fault>> = {
  5: 'busy', // SQLITE_BUSY
  8: 'read-only', // SQLITE_READONLY
  10: 'io', // SQLITE_IOERR, with SQLITE_IOERR_FSYNC (1034) as one of its extended codes
  11: 'corrupt', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'missing', // SQLITE_CANTOPEN
  18: 'refused', // SQLITE_TOOBIG
  19: 'refused', // SQLITE_CONSTRAINT, with a number that is none, or too large, among them
  20: 'refused', // SQLITE_MISMATCH
  25: 'refused', // SQLITE_RANGE
  26: 'corrupt', // SQLITE_NOTADB
}

const FAULT_BY_SYSTEM_CODE: Readonly<Record<string, Fault>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EROFS: 'read-only',
  EIO: 'io',
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  // Of Node, for a value that no column can hold.
  ERR_INVALID_ARG_TYPE: 'refused',
  ERR_INVALID_ARG_VALUE: 'refused',
  ERR_OUT_OF_RANGE: 'refused',
}

/** Of anything that the driver or the file system threw. */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return 'other'
  const { errcode, code } = error as { readonly errcode?: unknown; readonly code?: unknown }
  // The low byte of an extended result code is the primary one.
  if (typeof errcode === 'number') return FAULT_BY_RESULT_CODE[errcode & 0xff] ?? 'other'
  if (typeof code === 'string') return FAULT_BY_SYSTEM_CODE[code] ?? 'other'
  return 'other'
}
