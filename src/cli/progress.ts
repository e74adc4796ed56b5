/** Where progress is shown: a bar on a terminal, a line now and then elsewhere. */
export interface ProgressOutput {
  readonly isTerminal: boolean
  write(text: string): void
}

const BAR_CHARACTERS = 30
/** Elsewhere than on a terminal a line is written each tenth of the way. */
const STEPS = 10

/** How far something has come. */
export class Progress {
  readonly #name: string
  readonly #output: ProgressOutput
  #shown = ''
  #step = 0

  constructor(name: string, output: ProgressOutput) {
    this.#name = name
    this.#output = output
  }

  /** `part` is 0 to 1; `words` say what was done so far. */
  show(part: number, words: string): void {
    const bounded = Math.min(1, Math.max(0, part))
    const percent = `${Math.floor(bounded * 100)} %`
    if (this.#output.isTerminal) {
      const full = Math.floor(bounded * BAR_CHARACTERS)
      const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR_CHARACTERS - full)}]`
      return this.#draw(`${bar} ${percent.padStart(5)}  ${words}`)
    }
    const step = Math.floor(bounded * STEPS)
    if (step <= this.#step) return
    this.#step = step
    this.#output.write(`${this.#name}: ${percent}, ${words}\n`)
  }

  /** Takes the bar away, so that what follows begins on a line of its own. */
  end(): void {
    if (this.#shown !== '') this.#output.write(`\r${' '.repeat(this.#shown.length)}\r`)
    this.#shown = ''
  }

  #draw(line: string): void {
    if (line === this.#shown) return
    this.#output.write(`\r${line.padEnd(this.#shown.length)}`)
    this.#shown = line
  }
}
