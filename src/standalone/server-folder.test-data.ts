import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
/** A process is ready, and another one gone, within this on two busy cores. */
const WITHIN_MS = 30_000
const POLL_MS = 10

/** How a process ended, and all that it has printed. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

/** A real `counterfoil` at work. */
export class Command {
  readonly #process: ChildProcess
  readonly ended: Promise<Ended>
  readonly pid: number | undefined
  out = ''
  error = ''
  #gone = false

  constructor(argv: readonly string[], folder: string, environment: NodeJS.ProcessEnv) {
    this.#process = spawn(process.execPath, ['-C', 'counterfoil-source', main, ...argv], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 2 * WITHIN_MS,
      killSignal: 'SIGKILL',
    })
    this.pid = this.#process.pid
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text))
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.error += text))
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject)
      this.#process.once('close', (code) => {
        this.#gone = true
        resolve({ code, out: this.out, error: this.error })
      })
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** Waits until it has printed such a thing, on either stream. */
  async printed(what: RegExp): Promise<void> {
    const untilMs = performance.now() + WITHIN_MS
    while (!what.test(this.out) && !what.test(this.error)) {
      if (this.#gone || performance.now() > untilMs) {
        throw new Error(`it did not print ${what.source}:\n${this.out}\n${this.error}`)
      }
      await sleep(POLL_MS)
    }
  }
}

/** A folder with a configuration, as somebody has it who installed the package; all is gone after `close`. */
export class ServerFolder {
  readonly folder = mkdtempSync(join(tmpdir(), 'counterfoil-server-'))
  readonly #commands: Command[] = []

  constructor() {
    mkdirSync(join(this.folder, 'node_modules'))
    symlinkSync(root, join(this.folder, 'node_modules', 'counterfoil'))
    this.write('package.json', JSON.stringify({ name: 'tea-shop', private: true, type: 'module' }))
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  start(argv: readonly string[], environment: NodeJS.ProcessEnv = {}, folder = this.folder): Command {
    const command = new Command(argv, folder, environment)
    this.#commands.push(command)
    return command
  }

  run(argv: readonly string[], environment: NodeJS.ProcessEnv = {}, folder = this.folder): Promise<Ended> {
    return this.start(argv, environment, folder).ended
  }

  async close(): Promise<void> {
    for (const command of this.#commands) command.signal('SIGKILL')
    await Promise.all(this.#commands.map(({ ended }) => ended))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A port that nobody has, at least at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
