import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A process prints its first line within this, on two busy cores; it has its port or has failed by then. */
const READY_WITHIN_MS = 20_000
/** A process that was killed or asked to end is gone within this. */
const GONE_WITHIN_MS = 22_000
const POLL_MS = 10

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A real process of this suite: all that it prints goes to a log file, and its first whole line says that it is ready. */
export class Child {
  readonly #process: ChildProcess
  readonly #script: string
  readonly #logFile: string
  /** The first line on its standard output; undefined when it ended before. */
  readonly ready: Promise<string | undefined>
  readonly exited: Promise<Exit>
  #ended = false
  #serves = false

  constructor(script: string, argument: unknown, logFile: string, environment: NodeJS.ProcessEnv = {}) {
    this.#script = script
    this.#logFile = logFile
    const log = openSync(logFile, 'a')
    this.#process = spawn(
      process.execPath,
      ['-C', 'counterfoil-source', fileURLToPath(new URL(script, import.meta.url)), JSON.stringify(argument)],
      // Its standard input ends with this process, and it with that: nothing is left behind.
      { stdio: ['pipe', 'pipe', log], env: { ...process.env, ...environment } },
    )
    const { stdout } = this.#process
    let text = ''
    this.ready = new Promise((resolve) => {
      stdout?.on('data', (chunk: Buffer) => {
        writeSync(log, chunk)
        text += chunk.toString()
        const end = text.indexOf('\n')
        if (end < 0) return
        this.#serves = true
        resolve(text.slice(0, end))
      })
      this.#process.once('close', () => resolve(undefined))
    })
    this.exited = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => {
        this.#ended = true
        closeSync(log)
        resolve({ code, signal })
      })
    })
    // What is written to a process that is gone is lost with it.
    this.#process.stdin?.on('error', () => undefined)
  }

  get pid(): number {
    const { pid } = this.#process
    if (pid === undefined) throw new Error(`${this.#script} could not be started`)
    return pid
  }

  /** True once it has printed its first line. */
  get serves(): boolean {
    return this.#serves
  }

  get running(): boolean {
    return !this.#ended
  }

  /** All that this process, and those that had the same log file before, have printed. */
  get printed(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  /** Waits for the first line; a process that ended instead is an error with all that it said. */
  async whenReady(): Promise<string> {
    const line = await inTime(this.ready, READY_WITHIN_MS, `${this.#script} printed nothing`)
    if (line === undefined) throw new Error(`${this.#script} ended before it was ready:\n${this.printed}`)
    return line
  }

  /** Waits until what it printed has such a line. */
  async whenPrinted(line: RegExp): Promise<void> {
    const untilMs = performance.now() + READY_WITHIN_MS
    while (!line.test(this.printed)) {
      if (performance.now() > untilMs) throw new Error(`${this.#script} did not print ${line.source}`)
      await sleep(POLL_MS)
    }
  }

  /** Sends a signal; nothing happens when the process is gone. */
  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** Waits for the end of a process that was asked to end. */
  whenGone(): Promise<Exit> {
    return inTime(this.exited, GONE_WITHIN_MS, `process ${this.pid} (${this.#script}) did not end`)
  }

  /** kill -9, by its own process id, and waits until the kernel has taken it away. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL')
    return this.whenGone()
  }
}

/** Waits at most so long, then fails saying what did not happen. */
export async function inTime<T>(waiting: Promise<T>, limitMs: number, what: string): Promise<T> {
  let timeout: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timeout = setTimeout(() => reject(new Error(`${what} within ${limitMs} ms`)), limitMs)
  })
  try {
    return await Promise.race([waiting, late])
  } finally {
    clearTimeout(timeout)
  }
}
