import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { eventually, inTime } from './waiting.ts'

/** The shop answers within a quarter of this after its start. */
const OPEN_WITHIN_MS = 20_000
/** A process that was killed or asked to end is gone within this. */
const GONE_WITHIN_MS = 20_000
/** One request to the shop. */
const REQUEST_WITHIN_MS = 5_000

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface NodeOptions {
  /** Answers with 2xx once the process serves. */
  readonly answersAt: string
  readonly environment: NodeJS.ProcessEnv
  /** What it prints in all of its lives goes to its end. */
  readonly logFile: string
}

/** The shop of examples/shop in a process of its own, which can be killed and started again. */
export class NodeProcess {
  readonly #options: NodeOptions
  #process: ChildProcess | undefined
  #exited: Promise<Exit> | undefined

  constructor(options: NodeOptions) {
    this.#options = options
  }

  /** Starts the process and waits until it answers. */
  async start(): Promise<void> {
    const { environment, logFile } = this.#options
    const log = openSync(logFile, 'a')
    const child = spawn(process.execPath, ['-C', 'counterfoil-source', 'examples/shop/main.ts'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: environment,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    this.#process = child
    const exited = new Promise<Exit>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve({ code, signal }))
    })
    this.#exited = exited
    // This process must not end without it, however it ends.
    process.once('exit', endWithUs)
    const ended = exited.then((exit) => {
      process.off('exit', endWithUs)
      return exit
    })
    function endWithUs(): void {
      child.kill('SIGKILL')
    }
    try {
      await Promise.race([
        eventually('the shop answers', OPEN_WITHIN_MS, () => this.#answers()),
        ended.then(({ code }) => {
          throw new Error(`the shop ended with ${code} at once:\n${this.printed}`)
        }),
      ])
    } catch (error) {
      await this.end('SIGKILL')
      throw error
    }
  }

  async #answers(): Promise<true | undefined> {
    try {
      const response = await fetch(this.#options.answersAt, {
        signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
      })
      await response.body?.cancel()
      return response.ok ? true : undefined
    } catch {
      // Nobody listens yet.
      return undefined
    }
  }

  /** False before its start, and once it has ended. */
  get isRunning(): boolean {
    const child = this.#process
    return child !== undefined && child.exitCode === null && child.signalCode === null
  }

  get wasStarted(): boolean {
    return this.#process !== undefined
  }

  /** All that it has printed in all of its lives, on both streams. */
  get printed(): string {
    return readFileSync(this.#options.logFile, 'utf8')
  }

  /** By its own process id, and waits for nothing. */
  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name)
  }

  /** Sends a signal and waits until it is gone. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.signal(signal)
    return this.whenGone()
  }

  /** Waits for the end of a process that ends by itself. */
  async whenGone(): Promise<Exit> {
    if (this.#exited === undefined) throw new Error('it was never started')
    return inTime('the shop ends', GONE_WITHIN_MS, this.#exited)
  }
}
