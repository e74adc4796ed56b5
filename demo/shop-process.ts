import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Exit, NodeProcess } from './node-process.ts'
import { askSimulator, ledgerAt, type LedgerOrder, type Premises } from './premises.ts'

export type { Exit } from './node-process.ts'
export type { LedgerOrder } from './premises.ts'

/**
 * The shop of examples/shop as `npm start` runs it, with its payment pages and the provider's simulator, in a process
 * of its own, with its own ports and data. It can be killed and started again on both.
 */
export class ShopProcess implements Premises {
  /** Its data and all that it has printed; nothing of it is left after `close`. */
  readonly folder: string
  readonly dataFolder: string
  readonly shopUrl: string
  readonly ports: readonly number[]
  readonly aim = 0
  /** Where the provider takes messages: connections to this port are refused while it is away. */
  readonly simulatorPort: number
  /** From the latest start to the shop's first answer. */
  answeredAfterMs = Number.NaN
  readonly #node: NodeProcess

  /** Use `prepare`, which makes the folder and finds the ports. */
  constructor(folder: string, ports: readonly number[], environment: NodeJS.ProcessEnv) {
    const [port = 0, simulatorPort = 0] = ports
    this.folder = folder
    this.dataFolder = join(folder, 'data')
    this.shopUrl = `http://localhost:${port}`
    this.ports = [port]
    this.simulatorPort = simulatorPort
    this.#node = new NodeProcess({
      answersAt: this.shopUrl,
      logFile: join(folder, 'printed.log'),
      environment: {
        ...process.env,
        ...environment,
        SHOP_PORT: String(port),
        SHOP_SIMULATOR_PORT: String(simulatorPort),
        SHOP_DATA: this.dataFolder,
      },
    })
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
    await this.#node.start()
    this.answeredAfterMs = performance.now() - startedMs
  }

  /** All that it has printed in all of its lives, on both streams. */
  get printed(): string {
    return this.#node.printed
  }

  /** kill -9, by its own process id, and waits until it is gone. */
  async kill(): Promise<Exit> {
    return this.end('SIGKILL')
  }

  /** Sends a signal and waits until it is gone. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    return this.#node.end(signal)
  }

  /** Waits for the end of a process that ends by itself. */
  async whenGone(): Promise<Exit> {
    return this.#node.whenGone()
  }

  async ledger(): Promise<readonly LedgerOrder[]> {
    return ledgerAt(this.simulatorPort)
  }

  /** Asks the simulator's control interface; a body makes it a POST. */
  async control(path: string, body?: unknown, method?: string): Promise<unknown> {
    return askSimulator(this.simulatorPort, path, body, method)
  }

  async close(): Promise<void> {
    try {
      if (this.#node.wasStarted) await this.kill()
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
