import { type Lane, type Row, type Span, type Story } from './story.ts'
import { wrap } from './text-width.ts'

/** In units of the drawing, which are pixels where there is room for it. */
export const WIDTH = 680
export const LANE_X: Readonly<Record<Lane, number>> = {
  payer: 112,
  counterfoil: 288,
  provider: 486,
  shop: 622,
}
export const TIME_X = 62
export const HEAD_HEIGHT = 30

export const WORDS_PX = 12
export const SMALL_PX = 10.5
const LINE = 15
const SMALL_LINE = 13
/** Between a text and the lane lines beside it. */
const MARGIN = 12
const MARK_WIDTH = 168
const ROW_GAP = 12
/** Shorter pauses are drawn by so much more room; longer ones are cut, and marked. */
const CUT_AFTER_MS = 1_500
const PAUSE_HEIGHT_MAX = 14

export interface PlacedRow {
  readonly row: Row
  readonly lines: readonly string[]
  readonly small: readonly string[]
  /** Where its first line of text stands. */
  readonly textY: number
  /** Where its arrow is, or the middle of its box. */
  readonly y: number
  readonly height: number
  /** True for the first row of its commit. */
  readonly opensCommit: boolean
}

/** Where time is left out, because it was long. */
export interface Gap {
  readonly y: number
  readonly height: number
  /** Undefined at the end, where time goes on. */
  readonly afterMs: number | undefined
  readonly labels: readonly { readonly span: Span; readonly lines: readonly string[] }[]
}

export interface PlacedSpan {
  readonly span: Span
  readonly x: number
  readonly width: number
  readonly y: number
  readonly height: number
}

export interface Layout {
  readonly rows: readonly PlacedRow[]
  readonly gaps: readonly Gap[]
  readonly spans: readonly PlacedSpan[]
  readonly height: number
}

/** Gives everything its place, from the top down. Time is to scale nowhere; long pauses are marked as such. */
export function layOut({ rows, spans }: Story): Layout {
  const placed: PlacedRow[] = []
  const gaps: Gap[] = []
  let y = HEAD_HEIGHT + ROW_GAP
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1]
    const pauseMs = before === undefined ? 0 : row.atMs - before.atMs
    if (Math.abs(pauseMs) >= CUT_AFTER_MS) {
      const gap = placeGap(y, spansAcross(spans, index), pauseMs)
      gaps.push(gap)
      y += gap.height
    } else {
      y += (Math.abs(pauseMs) / CUT_AFTER_MS) * PAUSE_HEIGHT_MAX
    }
    const next = placeRow(row, y, before?.version !== row.version)
    placed.push(next)
    y += next.height + ROW_GAP
  }
  const open = spans.filter(({ toRow }) => toRow === undefined)
  if (open.length > 0) {
    const gap = placeGap(y - ROW_GAP, open, undefined)
    gaps.push(gap)
    y += gap.height - ROW_GAP
  }
  const height = Math.ceil(y)
  return { rows: placed, gaps, spans: spans.map((span) => placeSpan(span, placed, height)), height }
}

function placeRow(row: Row, top: number, opensCommit: boolean): PlacedRow {
  const words = row.times > 1 ? `${row.words} (${row.times} times)` : row.words
  const isMark = row.kind === 'mark'
  const room = isMark ? MARK_WIDTH : widthBetween(row.from, row.to)
  const lines = wrap(words, room, WORDS_PX, 4)
  const small = row.code === undefined ? [] : wrap(row.code, room, SMALL_PX, 2)
  const textHeight = lines.length * LINE
  const smallHeight = small.length * SMALL_LINE
  if (isMark) {
    const height = textHeight + smallHeight + 8
    return { row, lines, small, textY: top + 15, y: top + height / 2, height, opensCommit }
  }
  const y = top + textHeight + 4
  return { row, lines, small, textY: top + 11, y, height: textHeight + 4 + smallHeight, opensCommit }
}

function widthBetween(from: Lane, to: Lane): number {
  return Math.abs(LANE_X[from] - LANE_X[to]) - 2 * MARGIN
}

function spansAcross(spans: readonly Span[], index: number): readonly Span[] {
  return spans.filter(({ fromRow, toRow }) => fromRow < index && (toRow ?? Infinity) >= index)
}

function placeGap(y: number, spans: readonly Span[], afterMs: number | undefined): Gap {
  const labels = spans.map((span) => {
    const { width } = columnOf(span)
    return { span, lines: wrap(span.words, width - MARGIN, SMALL_PX, 3) }
  })
  const linesMost = Math.max(1, ...labels.map(({ lines }) => lines.length))
  return { y, height: linesMost * SMALL_LINE + 18, afterMs, labels }
}

/** Between the two lanes; what the shop waits for stands beside the provider's lane, not across it. */
export function columnOf({ who, forWhom }: Span): { readonly x: number; readonly width: number } {
  const [left, right] = [who, forWhom].sort((a, b) => LANE_X[a] - LANE_X[b])
  const from = right === 'shop' ? LANE_X.provider : LANE_X[left ?? 'payer']
  return { x: from, width: LANE_X[right ?? 'shop'] - from }
}

function placeSpan(span: Span, rows: readonly PlacedRow[], height: number): PlacedSpan {
  const y = rows[span.fromRow]?.y ?? 0
  const end = span.toRow === undefined ? height : (rows[span.toRow]?.y ?? height)
  return { span, ...columnOf(span), y, height: Math.max(end - y, 0) }
}
