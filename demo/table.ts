import type { Result, Row } from './result.ts'

interface Column {
  /** Of two lines. */
  readonly head: readonly [string, string]
  readonly textOf: (row: Row) => string
  /** How the text stands out. Default: not at all. */
  readonly looks?: (row: Row) => Look
}

type Look = 'plain' | 'quiet' | 'good' | 'bad' | 'strong'

const count = (title: string, name: Exclude<keyof Row, 'fault'>): Column => ({
  head: ['', title],
  // A dot instead of a zero: what happened stands out.
  textOf: (row) => (row[name] === 0 ? '·' : String(row[name])),
  looks: (row) => (row[name] === 0 ? 'quiet' : 'plain'),
})

const mustBeZero = (head: Column['head'], name: 'doubleCharges' | 'differences'): Column => ({
  head,
  textOf: (row) => String(row[name]),
  looks: (row) => (row[name] === 0 ? 'plain' : 'bad'),
})

const COLUMNS: readonly Column[] = [
  { head: ['', 'fault'], textOf: ({ fault }) => fault },
  count('orders', 'orders'),
  count('paid', 'paid'),
  count('declined', 'declined'),
  count('reversed', 'reversed'),
  count('cases', 'cases'),
  mustBeZero(['double', 'charges'], 'doubleCharges'),
  mustBeZero(['books', 'differ'], 'differences'),
  {
    head: ['', 'met'],
    textOf: ({ met, orders }) => (met === 0 ? 'NOT MET' : `${met}/${orders}`),
    looks: ({ met, orders }) => (met === 0 ? 'bad' : met === orders ? 'good' : 'plain'),
  },
]
const DIFFERENCES_SHOWN_MAX = 20

const CODES: Readonly<Record<Look, number>> = { plain: 0, strong: 1, quiet: 2, bad: 31, good: 32 }

/** The result as a table of text, aligned; with colours only where somebody sees them. */
export function table({ rows, total, differences }: Result, coloured: boolean): string {
  const paint = (text: string, look: Look): string =>
    coloured && look !== 'plain' ? `\u001b[${CODES[look]}m${text}\u001b[0m` : text
  const widths = COLUMNS.map(({ head, textOf }) =>
    Math.max(...[...head, ...[...rows, total].map((row) => textOf(row))].map(({ length }) => length)),
  )
  const line = (textOf: (column: Column) => string, looks: (column: Column) => Look): string =>
    COLUMNS.map((column, index) => {
      const [text, width] = [textOf(column), widths[index] ?? 0]
      // Names begin on the left, and numbers end on the right.
      return paint(index === 0 ? text.padEnd(width) : text.padStart(width), looks(column))
    }).join('  ')
  const lineOf = (row: Row): string =>
    line(
      ({ textOf }) => textOf(row),
      ({ looks }) => looks?.(row) ?? 'plain',
    )
  const rule = paint(widths.map((width) => '─'.repeat(width)).join('──'), 'quiet')
  return [
    ...([0, 1] as const).map((part) =>
      line(
        ({ head }) => head[part],
        () => 'strong',
      ),
    ),
    rule,
    ...rows.map(lineOf),
    rule,
    lineOf(total),
    ...differences.slice(0, DIFFERENCES_SHOWN_MAX).map((each) => paint(inWords(each), 'bad')),
    '',
  ].join('\n')
}

function inWords({ orderId, what, expected, found }: Result['differences'][number]): string {
  return `${orderId === '' ? '' : `order ${orderId}: `}${what}: expected ${expected}, found ${found}`
}
