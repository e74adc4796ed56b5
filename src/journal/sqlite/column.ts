import { failure } from '../../errors.ts'

/** A row as the driver gives it. */
export type Row = Readonly<Record<string, unknown>>

/** @throws CF_JOURNAL_CORRUPT when the column does not hold what the schema promises. */
export function textIn(row: Row | undefined, column: string): string {
  const value = row?.[column]
  if (typeof value !== 'string') throw unexpected(column, value)
  return value
}

/** @throws CF_JOURNAL_CORRUPT when the column does not hold what the schema promises, or more than a number can be. */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column]
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw unexpected(column, value)
  return number
}

function unexpected(column: string, value: unknown): Error {
  return failure('CF_JOURNAL_CORRUPT', `the column ${column} holds a ${typeof value}`)
}
