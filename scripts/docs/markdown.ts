/** Stands at the head of each generated page. */
export const GENERATED = '<!-- Made by `npm run docs` from the code; a change made here is lost. -->'

/** A Markdown table. A bar in a cell would end it, so it is escaped. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

export function code(text: string): string {
  return `\`${text}\``
}

/** The parts of a page, with one empty line between them. */
export function page(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}
