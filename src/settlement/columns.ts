import { failure } from '../errors.ts'
import { type SettlementKind, settlementKinds } from './line.ts'

/** How a provider's report is laid out: which column holds what, and what its words and signs mean. */
export interface ColumnMapping {
  /** Default: a comma. */
  readonly delimiter?: ',' | ';' | '\t' | '|'
  readonly columns: ReportColumns
  /** The report's words for what happened. `ignore`: such lines are about no money, like an authorization. */
  readonly kinds: Readonly<Record<string, SettlementKind | 'ignore'>>
  /** `YYYY`, `MM`, `DD`, `HH`, `mm`, `ss` where they stand, or `iso` for ISO 8601. */
  readonly dateFormat: string
  /** What is added to UTC where the report's dates were written: `Z`, or such as `+01:00`. Default: `Z`. */
  readonly timeZone?: string
  /** `unsigned`: the kind alone says which way money went. `signed`: what the shop pays has a minus. */
  readonly amountSigns: 'unsigned' | 'signed'
  /** `cost`: a fee has no sign, and what is given back has a minus. `income`: the other way round. Default: `cost`. */
  readonly feeSigns?: 'cost' | 'income'
  /** What stands before the decimal places. Default: a point. */
  readonly decimalMark?: '.' | ','
  /** What stands between thousands, if anything does. Default: nothing. */
  readonly groupMark?: '.' | ',' | ' ' | "'"
}

/** The names of the columns in the report's first line. */
export interface ReportColumns {
  /** Our reference of the charge. */
  readonly reference: string
  /** Our reference of the modification. */
  readonly modification?: string
  readonly kind: string
  /** Gross, in major units. */
  readonly amount: string
  readonly currency: string
  readonly date: string
  readonly fee?: string
  /** Amount less fee, as it is paid out: compared with the other two, so that a wrong mapping is noticed. */
  readonly net?: string
  /** The provider's own number. */
  readonly pspReference?: string
}

const REQUIRED = ['reference', 'kind', 'amount', 'currency', 'date'] as const
const OPTIONAL = ['modification', 'fee', 'net', 'pspReference'] as const
const FIELDS = [
  'delimiter',
  'columns',
  'kinds',
  'dateFormat',
  'timeZone',
  'amountSigns',
  'feeSigns',
  'decimalMark',
  'groupMark',
]
const NAME_CHARACTERS_MAX = 200
const KINDS_MAX = 200

/**
 * Checks a mapping that comes from a file.
 *
 * @throws CF_CONFIG naming the field and what is allowed.
 * @example
 * checkedColumns(JSON.parse(text))
 */
export function checkedColumns(given: unknown): ColumnMapping {
  const mapping = recordFrom(given, 'the mapping')
  onlyThese(mapping, FIELDS, 'the mapping')
  const columns = recordFrom(mapping['columns'], 'columns')
  onlyThese(columns, [...REQUIRED, ...OPTIONAL], 'columns')
  for (const name of [...REQUIRED, ...OPTIONAL]) {
    const isMissing = columns[name] === undefined && (OPTIONAL as readonly string[]).includes(name)
    if (!isMissing && !isName(columns[name])) throw wrong(`columns.${name}`, 'the name of a column')
  }
  const names = Object.values(columns)
  if (new Set(names).size < names.length) throw wrong('columns', 'names that differ from one another')
  checkKinds(recordFrom(mapping['kinds'], 'kinds'))
  oneOf(mapping, 'delimiter', [undefined, ',', ';', '\t', '|'])
  oneOf(mapping, 'amountSigns', ['unsigned', 'signed'])
  oneOf(mapping, 'feeSigns', [undefined, 'cost', 'income'])
  oneOf(mapping, 'decimalMark', [undefined, '.', ','])
  oneOf(mapping, 'groupMark', [undefined, '.', ',', ' ', "'"])
  if ((mapping['decimalMark'] ?? '.') === mapping['groupMark']) {
    throw wrong('groupMark', 'another mark than decimalMark')
  }
  checkDates(mapping)
  return given as ColumnMapping
}

function checkKinds(kinds: Readonly<Record<string, unknown>>): void {
  const words = Object.entries(kinds)
  if (words.length === 0 || words.length > KINDS_MAX) throw wrong('kinds', `1 to ${KINDS_MAX} words`)
  for (const [word, kind] of words) {
    const known: readonly unknown[] = [...settlementKinds, 'ignore']
    if (!known.includes(kind)) throw wrong(`kinds.${word}`, `one of ${known.join(', ')}`)
  }
}

function checkDates({ dateFormat, timeZone }: Readonly<Record<string, unknown>>): void {
  const isPattern =
    typeof dateFormat === 'string' && ['YYYY', 'MM', 'DD'].every((part) => dateFormat.includes(part))
  if (dateFormat !== 'iso' && !(isPattern && dateFormat.length <= 40)) {
    throw wrong('dateFormat', "'iso', or a pattern with YYYY, MM and DD such as 'DD/MM/YYYY HH:mm:ss'")
  }
  if (timeZone !== undefined && !(typeof timeZone === 'string' && ZONE.test(timeZone))) {
    throw wrong('timeZone', "'Z', or what is added to UTC, such as '+01:00'")
  }
}

const ZONE = /^(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/

function oneOf(record: Readonly<Record<string, unknown>>, name: string, allowed: readonly unknown[]): void {
  if (allowed.includes(record[name])) return
  const words = allowed.map((value) => (value === undefined ? 'absent' : JSON.stringify(value)))
  throw wrong(name, words.join(', '))
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= NAME_CHARACTERS_MAX
}

function recordFrom(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  throw wrong(name, 'an object')
}

/** A field that nobody knows is a mistake that would go unnoticed if it were let in. */
function onlyThese(record: Readonly<Record<string, unknown>>, names: readonly string[], where: string): void {
  for (const name of Object.keys(record)) {
    if (!names.includes(name)) throw wrong(`${where}.${name}`, `absent: there are ${names.join(', ')}`)
  }
}

function wrong(name: string, allowed: string): Error {
  return failure('CF_CONFIG', `the columns of the report: '${name}' is allowed to be ${allowed}`)
}
