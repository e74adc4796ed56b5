import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { failure } from '../errors.ts'

const NEWLINE = 10

/**
 * A file of JSON lines that only grows. Each line is in the kernel's hands when `append` returns, so that it survives
 * the end of the process however sudden (not of the machine: nothing is synced). A last line that was torn is dropped.
 *
 * @example
 * const file = new LineFile('orders.jsonl')
 * for (const value of file.values) use(value)
 * file.append({ any: 'value' })
 */
export class LineFile {
  readonly #path: string
  #descriptor: number
  /** What the file held when it was opened. */
  readonly values: readonly unknown[]

  /** @throws CF_CONFIG when the file cannot be opened or has a damaged line before its last. */
  constructor(path: string) {
    this.#path = path
    try {
      this.#descriptor = openSync(path, 'a+', 0o600)
    } catch (error) {
      throw failure('CF_CONFIG', `the simulator's data file '${path}' cannot be opened`, {}, error)
    }
    const bytes = readFileSync(this.#descriptor)
    const end = bytes.lastIndexOf(NEWLINE) + 1
    if (end < bytes.length) ftruncateSync(this.#descriptor, end)
    this.values = this.#parse(bytes.subarray(0, end))
  }

  append(value: unknown): void {
    appendFileSync(this.#descriptor, `${JSON.stringify(value)}\n`)
  }

  /** Puts another content in its place at once: there is never a moment with neither. */
  replace(values: Iterable<unknown>): void {
    const draft = `${this.#path}.new`
    let text = ''
    writeFileSync(draft, '', { mode: 0o600 })
    for (const value of values) {
      text += `${JSON.stringify(value)}\n`
      if (text.length > 1_000_000) {
        appendFileSync(draft, text)
        text = ''
      }
    }
    appendFileSync(draft, text)
    renameSync(draft, this.#path)
    closeSync(this.#descriptor)
    this.#descriptor = openSync(this.#path, 'a+', 0o600)
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #parse(bytes: Buffer): unknown[] {
    const values: unknown[] = []
    let start = 0
    while (start < bytes.length) {
      const end = bytes.indexOf(NEWLINE, start)
      const line = bytes.toString('utf8', start, end)
      try {
        values.push(JSON.parse(line))
      } catch (error) {
        closeSync(this.#descriptor)
        const where = `line ${values.length + 1} of the simulator's data file '${this.#path}'`
        throw failure(
          'CF_CONFIG',
          `${where} is damaged; move the file away to start with an empty ledger`,
          {},
          error,
        )
      }
      start = end + 1
    }
    return values
  }
}
