import { type Html, html } from '../html.ts'
import { duration } from '../words.ts'
import {
  columnOf,
  type Gap,
  HEAD_HEIGHT,
  LANE_X,
  layOut,
  type Layout,
  type PlacedRow,
  type PlacedSpan,
  TIME_X,
  WIDTH,
} from './layout.ts'
import { LANE_NAMES, LANES, type Story } from './story.ts'

/** Half of the square that marks a commit, and the room that an arrow leaves beside a lane. */
const STUB = 4
const HEAD = 7
const LINE = 15
const SMALL_LINE = 13

export interface Drawn {
  /** Makes the ids of this drawing its own: a page may have several. */
  readonly id: string
  readonly title: string
  readonly description: string
}

/** The story as a picture: one lane for each who takes part, time downwards. */
export function draw(story: Story, { id, title, description }: Drawn): Html {
  const layout = layOut(story)
  const startMs = story.rows[0]?.atMs ?? 0
  return html`<svg class="story" viewBox="0 0 ${WIDTH} ${layout.height}" width="${WIDTH}" height="${layout.height}" role="img" aria-labelledby="${id}-title ${id}-words">
<title id="${id}-title">${title}</title>
<desc id="${id}-words">${description}</desc>
<defs><pattern id="${id}-doubt" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0v8"/></pattern></defs>
${layout.spans.map((span) => drawSpan(span, id))}
${drawLanes(layout)}
${layout.gaps.map((gap) => drawGap(gap))}
${layout.rows.map((row, index) => drawRow(row, layout.rows[index - 1], startMs))}
</svg>`
}

function drawLanes({ gaps, height }: Layout): Html {
  return html`${LANES.map((lane) => {
    const x = LANE_X[lane]
    // In pieces: where time is left out the line is broken.
    const breaks = [...gaps.map(({ y, height: tall }) => [y, y + tall] as const), [height, height] as const]
    let from = HEAD_HEIGHT
    const path = breaks.map(([top, bottom]) => {
      const piece = `M${x} ${from}V${top}`
      from = bottom
      return piece
    })
    const cuts = gaps.map(({ y, height: tall }) => `M${x} ${y + 3}V${y + tall - 3}`)
    return html`<g class="lane${lane === 'counterfoil' && ' ours'}"><path d="${path.join('')}"/>${cuts.length > 0 && html`<path class="cut" d="${cuts.join('')}"/>`}<rect x="${x - 46}" y="1" width="92" height="${HEAD_HEIGHT - 5}" rx="6"/><text x="${x}" y="18">${LANE_NAMES[lane]}</text></g>`
  })}`
}

function drawSpan({ span, x, width, y, height }: PlacedSpan, id: string): Html {
  const place = html`x="${x}" y="${y}" width="${width}" height="${height}"`
  return span.kind === 'doubt'
    ? html`<g><rect class="doubt-area" ${place}/><rect ${place} fill="url(#${id}-doubt)"/></g>`
    : html`<rect class="waits" ${place}/>`
}

function drawGap({ y, height, afterMs, labels }: Gap): Html {
  const middle = y + height / 2
  const time = afterMs === undefined ? 'now' : afterMs < 0 ? 'clock back' : duration(afterMs)
  return html`<g class="gap"><path d="M${TIME_X - 34} ${middle - 11}q8 -5 17 0t17 0M${TIME_X - 34} ${middle + 9}q8 -5 17 0t17 0"/><text class="time" x="${TIME_X}" y="${middle + 3}">${time}</text>${labels.map(
    ({ span, lines }) => {
      const column = columnOf(span)
      const x = column.x + column.width / 2
      const top = middle - ((lines.length - 1) * SMALL_LINE) / 2 + 3.5
      return html`<text class="label ${span.kind}">${lines.map((line, index) => html`<tspan x="${x}" y="${top + index * SMALL_LINE}">${line}</tspan>`)}</text>`
    },
  )}</g>`
}

function drawRow(placed: PlacedRow, before: PlacedRow | undefined, startMs: number): Html {
  const { row, y } = placed
  const time = `+${duration(Math.max(row.atMs - startMs, 0))}`
  const isNews = before === undefined || before.row.atMs !== row.atMs
  return html`<g class="told ${row.tone}${row.isLost && ' lost'}">${isNews && html`<text class="time" x="${TIME_X}" y="${y + 3.5}">${time}</text>`}${row.kind === 'mark' ? drawMark(placed) : drawWord(placed)}</g>`
}

function drawMark({ lines, small, textY, y, height }: PlacedRow): Html {
  const x = LANE_X.counterfoil
  const longest = Math.max(...lines.map((line) => line.length), ...small.map((line) => line.length * 0.85))
  const width = Math.min(Math.max(longest * 7.8 + 24, 58), 192)
  return html`<rect class="box" x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="${Math.min(height / 2, 9)}"/>${texts(lines, small, x, textY, textY + lines.length * LINE - 1)}`
}

function drawWord({ row, lines, small, textY, y, opensCommit }: PlacedRow): Html {
  const [from, to] = [LANE_X[row.from], LANE_X[row.to]]
  const way = Math.sign(to - from)
  const start = from + way * (row.from === 'counterfoil' ? STUB + 1 : 2)
  const far = to - way * (row.to === 'counterfoil' ? STUB + 2 : 2)
  // What was lost got most of the way.
  const end = row.isLost ? from + (far - from) * 0.8 : far
  const middle = (from + to) / 2
  return html`<path class="arrow" d="M${start} ${y}H${end - (row.isLost ? 0 : way * HEAD)}"/>${
    row.isLost
      ? html`<path class="cross" d="M${end - 4} ${y - 4}l8 8m0 -8l-8 8"/>`
      : html`<path class="head" d="M${end} ${y}l${-way * HEAD} -4v8z"/>`
  }${row.isAnswered && html`<path class="head" d="M${start} ${y}l${way * HEAD} -4v8z"/>`}${
    (opensCommit || row.writtenFirst) &&
    html`<rect class="stub${row.writtenFirst && ' first'}" x="${LANE_X.counterfoil - STUB}" y="${y - STUB}" width="${2 * STUB}" height="${2 * STUB}"/>`
  }${texts(lines, small, middle, textY, y + SMALL_LINE)}`
}

function texts(
  lines: readonly string[],
  small: readonly string[],
  x: number,
  y: number,
  smallY: number,
): Html {
  return html`<text class="words">${lines.map((line, index) => html`<tspan x="${x}" y="${y + index * LINE}">${line}</tspan>`)}</text>${small.length > 0 && html`<text class="code">${small.map((line, index) => html`<tspan x="${x}" y="${smallY + index * SMALL_LINE}">${line}</tspan>`)}</text>`}`
}
