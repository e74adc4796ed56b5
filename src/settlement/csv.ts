import { CsvError, parse } from 'csv-parse/sync'
import { failure } from '../errors.ts'
import type { ColumnMapping } from './columns.ts'
import { lineIdOf } from './line.ts'
import { type BadLine, lineFrom, type ReadLine } from './record.ts'
import { LINE_CHARACTERS_MAX, type TextLine, textLines } from './text-lines.ts'

/** A report has at most so many lines: a period that is longer than a month is several reports. */
export const REPORT_LINES_MAX = 500_000
/** A field in quotes may go over several lines: at most so many. */
const RECORD_LINES_MAX = 20

/**
 * Reads a settlement report line by line, from a file in pieces. A line that cannot be read is told with its number,
 * and nothing of the others is lost by it, whatever is wrong with its quotes.
 *
 * @throws CF_SETTLEMENT_REPORT when the first line lacks a column of the mapping, or the report is too long.
 * @example
 * for await (const read of readReport(createReadStream(path), mapping)) { ... }
 */
export async function* readReport(
  chunks: AsyncIterable<Uint8Array>,
  mapping: ColumnMapping,
): AsyncGenerator<ReadLine> {
  const seen = new Map<string, number>()
  let names: readonly string[] | undefined
  for await (const record of recordsOf(textLines(chunks), mapping.delimiter ?? ',')) {
    if (names === undefined) {
      names = columnsIn(record, mapping)
      continue
    }
    if ('kind' in record) {
      yield record
      continue
    }
    const read = readFields(record, names, mapping)
    yield read.kind === 'line' ? { ...read, line: counted(read.line, seen) } : read
  }
  if (names === undefined) throw failure('CF_SETTLEMENT_REPORT', 'it is empty')
}

/** One record of the file: its fields, with the number of the line that it begins in. */
interface Record {
  readonly lineNumber: number
  readonly fields: readonly string[]
}

/**
 * Lines put together where a field in quotes goes over several. Quotes that do not match make one line bad, and
 * reading goes on with the line behind it.
 */
async function* recordsOf(
  lines: AsyncIterable<TextLine>,
  delimiter: string,
): AsyncGenerator<Record | BadLine> {
  let held: TextLine[] = []
  for await (const line of lines) {
    if (line.lineNumber > REPORT_LINES_MAX) {
      throw failure(
        'CF_SETTLEMENT_REPORT',
        `it has more than ${REPORT_LINES_MAX} lines: take a shorter period`,
      )
    }
    // At most a few lines, until the quotes of the first are even.
    held.push(line)
    for (;;) {
      const taken = takenFrom(held, delimiter, false)
      if (taken === undefined) break
      held = taken.rest
      if (taken.record !== undefined) yield taken.record
    }
  }
  for (
    let taken = takenFrom(held, delimiter, true);
    taken !== undefined;
    taken = takenFrom(held, delimiter, true)
  ) {
    held = taken.rest
    if (taken.record !== undefined) yield taken.record
  }
}

interface Taken {
  readonly record: Record | BadLine | undefined
  readonly rest: TextLine[]
}

/** The first record of these lines; undefined when its end is still to come. */
function takenFrom(held: readonly TextLine[], delimiter: string, isEnd: boolean): Taken | undefined {
  const [first, ...others] = held
  if (first === undefined) return undefined
  const { lineNumber, text, isTooLong } = first
  if (isTooLong) {
    const problem = badLine(lineNumber, `at most ${LINE_CHARACTERS_MAX} characters are expected in a line`)
    return { record: problem, rest: others }
  }
  if (text.trim() === '') return { record: undefined, rest: others }
  if (!text.includes('"')) return { record: { lineNumber, fields: text.split(delimiter) }, rest: others }
  const whole = wholeRecord(held)
  const mayGoOn = held.length < RECORD_LINES_MAX && !isEnd && !held.some((line) => line.isTooLong)
  if (whole === undefined && mayGoOn) return undefined
  const fields = whole === undefined ? undefined : fieldsOf(whole.text, delimiter)
  if (whole === undefined || fields === undefined) {
    return {
      record: badLine(lineNumber, 'its quotes do not match: a quote within a field is written twice'),
      rest: others,
    }
  }
  return { record: { lineNumber, fields }, rest: held.slice(whole.lines) }
}

/** So many of the lines that their quotes are even; undefined when they never are. */
function wholeRecord(
  held: readonly TextLine[],
): { readonly text: string; readonly lines: number } | undefined {
  let quotes = 0
  for (const [index, { text }] of held.entries()) {
    quotes += text.split('"').length - 1
    const lines = index + 1
    if (quotes % 2 === 0) {
      const joined = held.slice(0, lines).map((line) => line.text)
      return { text: joined.join('\n'), lines }
    }
  }
  return undefined
}

/** The fields of one record with quotes; undefined when it is not one. */
function fieldsOf(text: string, delimiter: string): readonly string[] | undefined {
  try {
    const records = parse(text, { delimiter, trim: true, relax_column_count: true })
    return records.length === 1 ? records[0] : undefined
  } catch (error) {
    if (error instanceof CsvError) return undefined
    throw error
  }
}

/** The names in the first line. */
function columnsIn(record: Record | BadLine, { columns }: ColumnMapping): readonly string[] {
  if ('kind' in record) throw failure('CF_SETTLEMENT_REPORT', `its first line: ${record.text}`)
  const names = record.fields.map((name) => name.trim())
  const missing = Object.values(columns).filter((name) => !names.includes(name))
  if (missing.length > 0) {
    const there = names
      .map((name) => `'${name.slice(0, 60)}'`)
      .slice(0, 50)
      .join(', ')
    const lacking = missing.map((name) => `'${name}'`).join(', ')
    throw failure('CF_SETTLEMENT_REPORT', `its first line has no column ${lacking}; there are ${there}`)
  }
  const twice = Object.values(columns).find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined)
    throw failure('CF_SETTLEMENT_REPORT', `its first line has the column '${twice}' twice`)
  return names
}

function readFields(
  { fields, lineNumber }: Record,
  names: readonly string[],
  mapping: ColumnMapping,
): ReadLine {
  if (fields.length !== names.length) {
    return badLine(lineNumber, `${names.length} columns are expected, and there are ${fields.length}`)
  }
  return lineFrom(Object.fromEntries(names.map((name, index) => [name, fields[index]])), lineNumber, mapping)
}

/** Lines with the very same content are two things that happened: they are counted. */
function counted<Line extends Parameters<typeof lineIdOf>[1]>(line: Line, seen: Map<string, number>): Line {
  const id = lineIdOf('', line)
  const occurrence = (seen.get(id) ?? 0) + 1
  seen.set(id, occurrence)
  return { ...line, occurrence }
}

function badLine(lineNumber: number, text: string): BadLine {
  return { kind: 'bad', lineNumber, column: '', text }
}
