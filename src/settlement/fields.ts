import { AMOUNT_MINOR_MAX } from '../money/money.ts'
import { exponentOf } from '../money/currency.ts'
import type { ColumnMapping } from './columns.ts'

/** A field that cannot be read, and what would be right. */
export interface Unreadable {
  readonly expected: string
}

/** True for a value that was read. */
export function isRead<Value>(field: Value | Unreadable): field is Value {
  return !(typeof field === 'object' && field !== null && 'expected' in field)
}

/**
 * Decimal text in major units as signed minor units, by the currency's exponent and never through a float. Zeros
 * beyond the exponent are let through, since many reports write each currency with two places; other digits are not.
 *
 * @example
 * minorFrom('1.234,50', 'EUR', { decimalMark: ',', groupMark: '.' }) // 123450n
 */
export function minorFrom(
  text: string,
  currency: string,
  { decimalMark = '.', groupMark }: Pick<ColumnMapping, 'decimalMark' | 'groupMark'>,
): bigint | Unreadable {
  const exponent = exponentOf(currency) ?? 2
  const places =
    exponent === 0
      ? 'without decimal places'
      : `with at most ${exponent} decimal places after '${decimalMark}'`
  const expected: Unreadable = {
    expected: `digits ${places}, and a minus before them where it is below zero`,
  }
  const match = /^([-+]?)(\d[\d., ']*)$/.exec(text)
  if (match === null) return expected
  const [, sign, digits = ''] = match
  const [whole = '', fraction = '', ...more] = digits.split(decimalMark)
  const kept = fraction.slice(0, exponent)
  if (more.length > 0 || (digits.includes(decimalMark) && fraction === '')) return expected
  const plain = groupMark === undefined ? whole : ungrouped(whole, groupMark)
  const isPlain = plain !== undefined && /^\d{1,16}$/.test(plain) && /^\d*$/.test(kept)
  if (!isPlain || !/^0*$/.test(fraction.slice(exponent))) return expected
  const absolute = BigInt(plain + kept.padEnd(exponent, '0'))
  if (absolute > AMOUNT_MINOR_MAX) return { expected: `at most ${AMOUNT_MINOR_MAX} minor units` }
  return sign === '-' ? -absolute : absolute
}

/** Groups of three behind the first; anything else is no number that somebody meant. */
function ungrouped(whole: string, mark: string): string | undefined {
  const [first = '', ...groups] = whole.split(mark)
  const isGrouped = /^\d{1,3}$/.test(first) && groups.every((group) => /^\d{3}$/.test(group))
  return groups.length === 0 ? first : isGrouped ? first + groups.join('') : undefined
}

const PARTS = /YYYY|MM|DD|HH|mm|ss/g
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?$/

/**
 * A date of the report as milliseconds since 1970. A date that the calendar does not have is refused.
 *
 * @example
 * timeFrom('31/01/2026 23:59', { dateFormat: 'DD/MM/YYYY HH:mm', timeZone: '+01:00' }) // Date.UTC(2026, 0, 31, 22, 59)
 */
export function timeFrom(
  text: string,
  { dateFormat, timeZone = 'Z' }: Pick<ColumnMapping, 'dateFormat' | 'timeZone'>,
): number | Unreadable {
  const expected: Unreadable = {
    expected:
      dateFormat === 'iso' ? 'a date by ISO 8601, such as 2026-01-31T10:15:00Z' : `a date as ${dateFormat}`,
  }
  if (dateFormat === 'iso') {
    const match = ISO.exec(text)
    if (match === null) return expected
    const date = text.replace(' ', 'T')
    const time =
      match[1] !== undefined ? date : date.includes('T') ? date + timeZone : `${date}T00:00:00${timeZone}`
    const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number)
    return isOnCalendar(year, month, day) ? timeOr(time, expected) : expected
  }
  const names: readonly string[] = dateFormat.match(PARTS) ?? []
  const pattern = dateFormat
    .replaceAll(/[^A-Za-z0-9 ]/g, '\\$&')
    .replaceAll(PARTS, (part) => `(\\d{${part.length}})`)
  const match = new RegExp(`^${pattern}$`).exec(text)
  if (match === null) return expected
  const part = (name: string): string => match[names.indexOf(name) + 1] ?? '00'
  const value = (name: string): string => (names.includes(name) ? part(name) : '00')
  if (!isOnCalendar(Number(value('YYYY')), Number(value('MM')), Number(value('DD')))) return expected
  const time = `${value('YYYY')}-${value('MM')}-${value('DD')}T${value('HH')}:${value('mm')}:${value('ss')}${timeZone}`
  return timeOr(time, expected)
}

function timeOr(time: string, expected: Unreadable): number | Unreadable {
  const atMs = Date.parse(time)
  return Number.isNaN(atMs) ? expected : atMs
}

/** The parser of dates takes the 31st of a month that has 30 days for the first of the next. */
function isOnCalendar(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  return year >= 2000 && year < 2200 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
