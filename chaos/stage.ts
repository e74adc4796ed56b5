import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LedgerOrder } from '../demo/shop-process.ts'
import type { FaultRequest } from '../src/simulators/worldpay/index.ts'
import type { Random } from '../test/simulation/random.ts'
import { Child } from '../test/crash/child.ts'
import { Balancer } from './balancer.ts'
import { Cluster } from './cluster.ts'
import { Disk } from './disk.ts'
import { Positions } from './positions.ts'
import { ServerClock } from './server-clock.ts'
import { NodeProcess } from './node-process.ts'
import { LOOPBACK, MOUNT, NODES, type ShopSettings, type SimulatorSettings } from './settings.ts'
import { compileShim } from './shim.ts'
import { Wire } from './wire.ts'

const REQUEST_WITHIN_MS = 10_000
const PAYMENT_SERVICE = '/worldpay/jsp/merchant/xml/paymentService.jsp'
const START_MAX = 60_000
const script = (name: string): string => new URL(`./processes/${name}.ts`, import.meta.url).href

export interface StageOptions {
  /** Leaves the folder behind, for a person to look into. */
  readonly keep: boolean
  readonly random: Random
  readonly doubtCaseAfterMs: number
}

/** All that a run consists of, each a process of its own, in one temporary folder. */
export class Stage implements AsyncDisposable {
  readonly folder: string
  /** The shop's. */
  readonly dataFolder: string
  /** Where connections are cut; of all nodes together. */
  readonly positions: Readonly<Record<'database' | 'provider', Positions>>
  readonly #all = new AsyncDisposableStack()
  readonly #environment: NodeJS.ProcessEnv
  readonly #doubtCaseAfterMs: number
  readonly #nodes: NodeProcess[] = []
  #cluster: Cluster | undefined
  #shop: Child | undefined
  #balancer: Balancer | undefined
  #simulatorUrl = ''
  #shopUrl = ''

  private constructor({ keep, random, doubtCaseAfterMs }: StageOptions) {
    this.#doubtCaseAfterMs = doubtCaseAfterMs
    const somewhere = (): Positions => new Positions(random.between(0, START_MAX))
    this.positions = { database: somewhere(), provider: somewhere() }
    this.folder = mkdtempSync(join(tmpdir(), 'counterfoil-chaos-'))
    this.dataFolder = join(this.folder, 'shop')
    mkdirSync(this.dataFolder)
    this.#environment = { NODE_COMPILE_CACHE: join(this.folder, 'compiled') }
    const sweep = (): void => {
      if (!keep) rmSync(this.folder, { recursive: true, force: true })
    }
    // Also when this process is ended before it is through.
    process.once('exit', sweep)
    this.#all.defer(() => {
      process.off('exit', sweep)
      sweep()
    })
  }

  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options)
    try {
      await stage.#open()
      return stage
    } catch (error) {
      await stage[Symbol.asyncDispose]()
      throw error
    }
  }

  async #open(): Promise<void> {
    // The balancer asks each node by its port, which changes with each start.
    const backends = Array.from({ length: NODES }, (_, index) => {
      const portOf = (): number | undefined => this.#nodes[index]?.port
      return {
        get port() {
          return portOf()
        },
      }
    })
    this.#balancer = this.#all.use(await Balancer.before(backends))
    // The database runs as another user, and finds its disk and its clock here.
    chmodSync(this.folder, 0o711)
    const diskLibrary = compileShim(this.folder, 'disk')
    const clockLibrary = compileShim(this.folder, 'clock')
    let disks = 0
    const newDisk = (ending?: string): Disk => {
      return new Disk(join(this.folder, `disk-${++disks}`), diskLibrary, ending)
    }
    const cluster = await Cluster.open(() => {
      const disk = newDisk()
      return { disk, clock: new ServerClock(join(this.folder, `clock-${disks}`), clockLibrary) }
    })
    this.#cluster = this.#all.use(cluster)
    const shop: ShopSettings = { dataFolder: this.dataFolder }
    this.#shop = this.#spawn('shop', shop)
    const simulator: SimulatorSettings = {
      dataFile: join(this.folder, 'worldpay.jsonl'),
      notificationUrl: `http://${LOOPBACK}:${this.balancer.port}${MOUNT}/notifications/worldpay`,
    }
    this.#simulatorUrl = await this.#spawn('simulator', simulator).whenReady()
    this.#shopUrl = await this.#shop.whenReady()
    for (let index = 0; index < NODES; index++) {
      await this.#addNode(cluster, `node-${index + 1}`, newDisk('.spool'))
    }
    await Promise.all(this.nodes.map((node) => node.untilServing()))
  }

  async #addNode(cluster: Cluster, name: string, disk: Disk): Promise<void> {
    const database = this.#all.use(await Wire.to(cluster.primary.port))
    const provider = this.#all.use(await Wire.to(Number(new URL(this.#simulatorUrl).port)))
    cluster.attach(database)
    database.cutting = this.positions.database
    provider.cutting = this.positions.provider
    const node = new NodeProcess({
      name,
      folder: this.folder,
      database,
      provider,
      disk,
      environment: this.#environment,
      settings: {
        publicUrl: `http://localhost:${this.balancer.port}${MOUNT}`,
        paymentServiceUrl: `http://${LOOPBACK}:${provider.port}${PAYMENT_SERVICE}`,
        shopUrl: this.#shopUrl,
        doubtCaseAfterMs: this.#doubtCaseAfterMs,
      },
    })
    this.#all.defer(() => node.kill())
    this.#nodes.push(node)
    node.start()
  }

  #spawn(name: string, settings: unknown): Child {
    const child = new Child(script(name), settings, join(this.folder, `${name}.log`), this.#environment)
    this.#all.defer(async () => void (await child.kill()))
    return child
  }

  get nodes(): readonly NodeProcess[] {
    return this.#nodes
  }

  get cluster(): Cluster {
    return open(this.#cluster)
  }

  get balancer(): Balancer {
    return open(this.#balancer)
  }

  get balancerUrl(): string {
    return `http://${LOOPBACK}:${this.balancer.port}`
  }

  get shopUrl(): string {
    return this.#shopUrl
  }

  async ledger(): Promise<readonly LedgerOrder[]> {
    return ((await this.#control('ledger')) as { readonly orders: readonly LedgerOrder[] }).orders
  }

  /** Sets a fault at the provider. */
  async set(fault: FaultRequest): Promise<void> {
    await this.#control('faults', { method: 'POST', body: JSON.stringify(fault) })
  }

  /** What has struck at the provider, by kind. */
  async struck(): Promise<ReadonlyMap<string, number>> {
    const { faults } = (await this.#control('faults')) as {
      readonly faults: readonly { readonly kind: string; readonly struck: number }[]
    }
    const sums = new Map<string, number>()
    for (const { kind, struck } of faults) sums.set(kind, (sums.get(kind) ?? 0) + struck)
    return sums
  }

  async clearFaults(): Promise<void> {
    await this.#control('faults', { method: 'DELETE' })
  }

  /** Ends the nodes and the shop in order: what they have is on the disk then. */
  async closeShop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.drain()))
    const shop = open(this.#shop)
    shop.signal('SIGTERM')
    const { code } = await shop.whenGone()
    if (code !== 0) throw new Error(`the shop did not end well: ${code}\n${shop.printed}`)
  }

  async #control(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(`${this.#simulatorUrl}/worldpay/control/${path}`, {
      ...init,
      signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
    })
    const value: unknown = await response.json()
    if (!response.ok) throw new Error(`the simulator refused ${path}: ${JSON.stringify(value)}`)
    return value
  }

  /** Ends every process by its id, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all.disposeAsync()
  }
}

function open<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the stage is not open')
  return part
}
