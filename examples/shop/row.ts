/** A row as SQLite gives it. The tables are STRICT, so a column of another type is a bug, and throws. */
export type Row = Readonly<Record<string, unknown>>

export function textIn(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new Error(`the column ${column} holds no text`)
  return value
}

/** Undefined where the column is NULL. */
export function maybeTextIn(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textIn(row, column)
}

export function wholeIn(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new Error(`the column ${column} holds no number`)
  return value
}

/** An amount: a bigint everywhere but in the file. */
export function minorIn(row: Row, column: string): bigint {
  return BigInt(wholeIn(row, column))
}
