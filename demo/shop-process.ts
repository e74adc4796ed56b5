import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually, inTime } from './waiting.ts'

/** The shop answers within a quarter of this after its start. */
const OPEN_WITHIN_MS = 20_000
/** A process that was killed or asked to end is gone within this. */
const GONE_WITHIN_MS = 20_000
/** One request to the shop or to the simulator's control interface. */
const REQUEST_WITHIN_MS = 5_000

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One order of the provider's ledger as its control interface tells it; amounts are digits. */
export interface LedgerOrder {
  readonly orderCode: string
  readonly executions: number
  readonly liveExecutions: number
  readonly authorisedMinor: string
  readonly capturedMinor: string
  readonly liveMinor: string
  readonly pending: number
  readonly entries: readonly { readonly kind: string }[]
}

/**
 * The shop of examples/shop as `npm start` runs it, with its payment pages and the provider's simulator, in a process
 * of its own, with its own ports and data. It can be killed and started again on both.
 */
export class ShopProcess {
  /** Its data and all that it has printed; nothing of it is left after `close`. */
  readonly folder: string
  readonly dataFolder: string
  readonly shopUrl: string
  /** Where the provider takes messages: connections to this port are refused while it is away. */
  readonly simulatorPort: number
  /** From the latest start to the shop's first answer. */
  answeredAfterMs = Number.NaN
  readonly #environment: NodeJS.ProcessEnv
  #process: ChildProcess | undefined
  #exited: Promise<Exit> | undefined

  /** Use `prepare`, which makes the folder and finds the ports. */
  constructor(folder: string, ports: readonly number[], environment: NodeJS.ProcessEnv) {
    const [port = 0, simulatorPort = 0] = ports
    this.folder = folder
    this.dataFolder = join(folder, 'data')
    this.shopUrl = `http://localhost:${port}`
    this.simulatorPort = simulatorPort
    this.#environment = {
      ...process.env,
      ...environment,
      SHOP_PORT: String(port),
      SHOP_SIMULATOR_PORT: String(simulatorPort),
      SHOP_DATA: this.dataFolder,
    }
    mkdirSync(this.dataFolder)
  }

  /** Makes folder and ports; `environment` has the shop's other settings. `start` starts it. */
  static async prepare<Kind>(
    this: new (
      folder: string,
      ports: readonly number[],
      environment: NodeJS.ProcessEnv,
    ) => Kind,
    environment: NodeJS.ProcessEnv,
  ): Promise<Kind> {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-shop-'))
    try {
      return new this(folder, await freePorts(2), environment)
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Starts the process and waits until the shop answers. */
  async start(): Promise<void> {
    const startedMs = performance.now()
    const log = openSync(this.#logFile, 'a')
    const child = spawn(process.execPath, ['-C', 'counterfoil-source', 'examples/shop/main.ts'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: this.#environment,
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
      await this.kill()
      throw error
    }
    this.answeredAfterMs = performance.now() - startedMs
  }

  async #answers(): Promise<true | undefined> {
    try {
      const response = await fetch(this.shopUrl, { signal: AbortSignal.timeout(REQUEST_WITHIN_MS) })
      await response.body?.cancel()
      return response.ok ? true : undefined
    } catch {
      // Nobody listens yet.
      return undefined
    }
  }

  /** All that it has printed in all of its lives, on both streams. */
  get printed(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  get #logFile(): string {
    return join(this.folder, 'printed.log')
  }

  /** kill -9, by its own process id, and waits until it is gone. */
  async kill(): Promise<Exit> {
    return this.end('SIGKILL')
  }

  /** Sends a signal and waits until it is gone. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.#process?.kill(signal)
    return this.whenGone()
  }

  /** Waits for the end of a process that ends by itself. */
  async whenGone(): Promise<Exit> {
    if (this.#exited === undefined) throw new Error('it was never started')
    return inTime('the shop ends', GONE_WITHIN_MS, this.#exited)
  }

  async ledger(): Promise<readonly LedgerOrder[]> {
    return ((await this.control('ledger')) as { readonly orders: readonly LedgerOrder[] }).orders
  }

  /** Asks the simulator's control interface; a body makes it a POST. */
  async control(
    path: string,
    body?: unknown,
    method = body === undefined ? 'GET' : 'POST',
  ): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.simulatorPort}/worldpay/control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`the simulator refused ${path}: ${JSON.stringify(answer)}`)
    return answer
  }

  async close(): Promise<void> {
    try {
      if (this.#process !== undefined) await this.kill()
    } finally {
      rmSync(this.folder, { recursive: true, force: true })
    }
  }
}

/** Ports that nobody has: all are held at once, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
