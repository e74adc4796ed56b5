import { failure } from '../errors.ts'

/** A row as the driver gives it. */
export type Row = Readonly<Record<string, unknown>>

/** @throws CF_JOURNAL_CORRUPT when the column does not hold what the schema promises. */
export function textIn(row: Row | undefined, column: string): string {
  const value = row?.[column]
  if (typeof value !== 'string') throw unexpected(column, value)
  return value
}

/**
 * A whole number. The driver gives `bigint` as text, because it may be larger than what a number can hold.
 *
 * @throws CF_JOURNAL_CORRUPT when the column does not hold what the schema promises.
 */
export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column]
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw unexpected(column, value)
  return number
}

/** @throws CF_JOURNAL_CORRUPT when the column does not hold what the schema promises. */
export function booleanIn(row: Row | undefined, column: string): boolean {
  const value = row?.[column]
  if (typeof value !== 'boolean') throw unexpected(column, value)
  return value
}

/** @throws CF_JOURNAL_CORRUPT when the column does not hold what the schema promises. */
export function textsIn(row: Row | undefined, column: string): readonly string[] {
  const value = row?.[column]
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
    throw unexpected(column, value)
  return value
}

function unexpected(column: string, value: unknown): Error {
  return failure(
    'CF_JOURNAL_CORRUPT',
    `the column ${column} holds a ${value === null ? 'null' : typeof value}`,
  )
}
