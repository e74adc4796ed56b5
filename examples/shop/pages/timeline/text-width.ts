/** Widths of letters in the page's font, in parts of its size: near enough to break lines, and never too narrow. */
const NARROW = /[iljtfrI.,:;'’|!()[\]/ -]/
const WIDE = /[mwMW@%]/
const CAPITAL = /[A-Z£€0-9_]/

function widthOf(text: string, sizePx: number): number {
  let parts = 0
  for (const letter of text) {
    parts += NARROW.test(letter) ? 0.36 : WIDE.test(letter) ? 0.92 : CAPITAL.test(letter) ? 0.68 : 0.6
  }
  return parts * sizePx
}

/** Breaks a text into lines of at most `widthPx`, at most `linesMax`; what does not fit ends in an ellipsis. */
export function wrap(text: string, widthPx: number, sizePx: number, linesMax: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || widthOf(longer, sizePx) <= widthPx) {
      line = longer
      continue
    }
    lines.push(line)
    line = word
  }
  lines.push(line)
  const shown = lines.slice(0, linesMax).map((each) => cut(each, widthPx, sizePx))
  const last = shown.at(-1)
  if (lines.length > linesMax && last !== undefined)
    shown[shown.length - 1] = cut(`${last} …`, widthPx, sizePx)
  return shown
}

function cut(line: string, widthPx: number, sizePx: number): string {
  if (widthOf(line, sizePx) <= widthPx) return line
  let short = line.replace(/ …$/, '')
  while (short.length > 1 && widthOf(`${short}…`, sizePx) > widthPx) short = short.slice(0, -1)
  return `${short}…`
}
