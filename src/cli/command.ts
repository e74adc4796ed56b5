/** Where a command's words go: a line, or several. */
export interface Output {
  out(text: string): void
  error(text: string): void
}

/** One word after `counterfoil`. */
export interface Command {
  readonly name: string
  /** How it is called, without `counterfoil`. */
  readonly usage: readonly string[]
  /** What it does, in one line. */
  readonly summary: string
  /** It answers `--help` itself; else its usage is printed. */
  readonly hasOwnHelp?: true
  /** Runs it with what stands behind its name; answers the exit code. */
  run(argv: readonly string[], output: Output): Promise<number>
}

/** The command was called wrongly: the text says how, and the exit code is 2. */
export class UsageError extends Error {}

/** What the command was given cannot be used: the text says all that there is to say, and the exit code is 1. */
export class UnusableError extends Error {}
