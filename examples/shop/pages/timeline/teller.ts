import type { Row, Span, Story } from './story.ts'
import type { Lane, Tone } from './story.ts'

/** What a row says beside who says it to whom. */
interface Said {
  readonly tone?: Tone
  readonly code?: string | undefined
  readonly writtenFirst?: boolean
  readonly isAnswered?: boolean
  readonly isLost?: boolean
}

/** The commit that is being told. */
export interface Moment {
  readonly atMs: number
  readonly version: number
}

/** Collects rows and spans while the journal is read from its beginning. */
export class Teller {
  readonly #rows: Row[] = []
  readonly #spans: Span[] = []
  /** Spans that go on, by what they are about. */
  readonly #open = new Map<string, Span>()
  #moment: Moment = { atMs: 0, version: 0 }

  begin(moment: Moment): void {
    this.#moment = moment
  }

  /** A word from one to another. What was just said in the same words is counted, and not said again. */
  word(from: Lane, to: Lane, words: string, said: Said = {}): Row {
    return this.#add('word', from, to, words, said)
  }

  /** What Counterfoil came to. */
  mark(words: string, said: Said = {}): Row {
    return this.#add('mark', 'counterfoil', 'counterfoil', words, said)
  }

  #add(kind: Row['kind'], from: Lane, to: Lane, words: string, said: Said): Row {
    const { tone = 'plain', code, writtenFirst = false, isAnswered = false, isLost = false } = said
    const last = this.#rows.at(-1)
    const again =
      last !== undefined && last.from === from && last.to === to && last.words === words && last.code === code
    if (again && last.version !== this.#moment.version) {
      return Object.assign(last, { times: last.times + 1, ...this.#moment })
    }
    const row = {
      kind,
      from,
      to,
      tone,
      words,
      code,
      writtenFirst,
      isAnswered,
      isLost,
      times: 1,
      ...this.#moment,
    }
    this.#rows.push(row)
    return row
  }

  /** The last row, if it was said in the commit that is being told, or at most so long before it. */
  latest(withinMs: number = 0): Row | undefined {
    const last = this.#rows.at(-1)
    if (last === undefined) return undefined
    const isNear = last.version === this.#moment.version || this.#moment.atMs - last.atMs < withinMs
    return isNear ? last : undefined
  }

  /** From the last row on; whatever went on about the same thing ends there. */
  open(about: string, span: Omit<Span, 'fromRow' | 'toRow'>): void {
    this.close(about)
    const opened: Span = { ...span, fromRow: Math.max(this.#rows.length - 1, 0), toRow: undefined }
    this.#open.set(about, opened)
    this.#spans.push(opened)
  }

  /** Ends with the last row. */
  close(about: string): void {
    const span = this.#open.get(about)
    if (span === undefined) return
    span.toRow = this.#rows.length - 1
    this.#open.delete(about)
  }

  isOpen(about: string): boolean {
    return this.#open.has(about)
  }

  get story(): Story {
    return { rows: this.#rows, spans: this.#spans.filter(({ fromRow, toRow }) => fromRow !== toRow) }
  }
}
