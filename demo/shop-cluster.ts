import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACCOUNT, NOTIFICATIONS } from '../examples/shop/payments.ts'
import { type Simulator, startSimulator } from '../src/simulators/index.ts'
import { Balancer } from './balancer.ts'
import { type Exit, NodeProcess } from './node-process.ts'
import { askSimulator, ledgerAt, type LedgerOrder, type Premises } from './premises.ts'
import { freePorts } from './shop-process.ts'

/** A stopping node serves on for so long; the balancer asks ten times within it. */
const DRAIN_MS = 1_000
/** Whoever else writes to a file is through with it within this. */
const LOCK_FREE_WITHIN_MS = 500
const STOPS_MAX = 50
const READY_PATH = '/pay/readyz'

export interface ClusterOptions {
  readonly nodes: number
  /** The journal that all of them share. */
  readonly journalUrl: string
  readonly timeScale: number
  /** The shop's other settings. */
  readonly environment: NodeJS.ProcessEnv
}

/**
 * The shop in several processes, with one journal in PostgreSQL, one database of the shop's own and one provider, behind
 * a balancer. Each process can be killed, paused or replaced while the others go on.
 */
export class ShopCluster implements Premises {
  readonly folder: string
  readonly dataFolder: string
  readonly shopUrl: string
  readonly ports: readonly number[]
  readonly simulatorPort: number
  readonly journalUrl: string
  readonly #balancerPort: number
  readonly #timeScale: number
  readonly #nodes: readonly NodeProcess[]
  readonly #balancer: Balancer
  #simulator: Simulator | undefined
  #isListening = false
  #aim = 0
  #isAimGone = false

  private constructor(folder: string, ports: readonly number[], options: ClusterOptions) {
    const [balancerPort = 0, simulatorPort = 0, ...own] = ports
    this.folder = folder
    this.dataFolder = join(folder, 'data')
    this.shopUrl = `http://localhost:${balancerPort}`
    this.ports = own
    this.simulatorPort = simulatorPort
    this.journalUrl = options.journalUrl
    this.#balancerPort = balancerPort
    this.#timeScale = options.timeScale
    this.#balancer = new Balancer({ ports: own, readyPath: READY_PATH })
    this.#nodes = own.map(
      (port, index) =>
        new NodeProcess({
          answersAt: `http://127.0.0.1:${port}${READY_PATH}`,
          logFile: join(folder, `node-${index}.log`),
          environment: {
            ...process.env,
            ...options.environment,
            SHOP_TIME_SCALE: String(options.timeScale),
            SHOP_PORT: String(port),
            SHOP_DATA: this.dataFolder,
            SHOP_JOURNAL_URL: options.journalUrl,
            SHOP_PUBLIC_URL: this.shopUrl,
            SHOP_SIMULATOR_URL: `http://127.0.0.1:${simulatorPort}`,
            SHOP_DRAIN_MS: String(DRAIN_MS),
          },
        }),
    )
    mkdirSync(this.dataFolder)
  }

  /** Makes folder and ports; `start` starts it. */
  static async prepare(options: ClusterOptions): Promise<ShopCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-shop-'))
    try {
      return new ShopCluster(folder, await freePorts(options.nodes + 2), options)
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Once it was killed it is another one's turn. */
  get aim(): number {
    return this.#aim
  }

  /** A node that is not the one which is killed next. */
  get beside(): number {
    return (this.#aim + 1) % this.#nodes.length
  }

  get refusedByDrain(): number {
    return this.#balancer.refusedByDrain
  }

  async start(): Promise<void> {
    this.#simulator ??= await startSimulator({
      ...ACCOUNT,
      port: this.simulatorPort,
      timeScale: this.#timeScale,
      dataFile: join(this.dataFolder, 'simulator.jsonl'),
      notificationUrl: `http://127.0.0.1:${this.#balancerPort}/pay${NOTIFICATIONS}`,
    })
    if (!this.#isListening) await this.#balancer.listen(this.#balancerPort)
    this.#isListening = true
    await Promise.all(
      this.#nodes.map(async (node, index) => {
        if (node.isRunning) return
        await node.start()
        await this.#balancer.whenReady(index)
      }),
    )
    if (this.#isAimGone) this.#aim = this.beside
    this.#isAimGone = false
  }

  async kill(): Promise<Exit> {
    this.#node(this.#aim).signal('SIGKILL')
    return this.whenGone()
  }

  /** With a shop of one process its provider's faults would end, too: here it lives on, and is told. */
  async whenGone(): Promise<Exit> {
    const exit = await this.#node(this.#aim).whenGone()
    this.#isAimGone = true
    await this.control('faults', undefined, 'DELETE')
    return exit
  }

  /** SIGTERM, and starts it again once it has ended: what a rolling restart does to each node. */
  async replace(index: number): Promise<void> {
    this.#balancer.leaves(index)
    const { code } = await this.#node(index).end('SIGTERM')
    if (code !== 0) throw new Error(`node ${index} did not end well: ${code}\n${this.printed}`)
    await this.#node(index).start()
    await this.#balancer.whenReady(index)
    this.#balancer.isBack(index)
  }

  /**
   * SIGSTOP. The shop's own database is a file: a machine that falls silent in the midst of a write loses its place at
   * the database, but a process that does so keeps the file's lock. So it is stopped where it has none.
   */
  async pause(index: number): Promise<void> {
    const node = this.#node(index)
    for (let stops = 0; stops < STOPS_MAX; stops++) {
      node.signal('SIGSTOP')
      if (isFree(join(this.dataFolder, 'shop.db'))) return
      node.signal('SIGCONT')
      await sleep(1)
    }
    throw new Error(`node ${index} held a lock each of ${STOPS_MAX} times`)
  }

  /** SIGCONT. */
  async wake(index: number): Promise<void> {
    this.#node(index).signal('SIGCONT')
    await this.#balancer.whenReady(index)
  }

  async end(signal: NodeJS.Signals): Promise<Exit> {
    const running = this.#nodes.filter(({ isRunning }) => isRunning)
    const exits = await Promise.all(running.map((node) => node.end(signal)))
    return exits.find(({ code }) => code !== 0) ?? { code: 0, signal: null }
  }

  async ledger(): Promise<readonly LedgerOrder[]> {
    return ledgerAt(this.simulatorPort)
  }

  async control(path: string, body?: unknown, method?: string): Promise<unknown> {
    return askSimulator(this.simulatorPort, path, body, method)
  }

  get printed(): string {
    return this.#nodes.map((node, index) => `node ${index}:\n${node.printed}`).join('\n')
  }

  async close(): Promise<void> {
    try {
      await this.end('SIGKILL')
      if (this.#isListening) await this.#balancer.close()
      await this.#simulator?.close()
    } finally {
      rmSync(this.folder, { recursive: true, force: true })
    }
  }

  #node(index: number): NodeProcess {
    const node = this.#nodes[index]
    if (node === undefined) throw new Error(`there is no node ${index}`)
    return node
  }
}

/** Whether somebody could write to the file now. */
function isFree(path: string): boolean {
  const database = new DatabaseSync(path, { timeout: LOCK_FREE_WITHIN_MS })
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK')
    return true
  } catch (error) {
    if (/locked|busy/i.test(String(error))) return false
    throw error
  } finally {
    database.close()
  }
}
