import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, openSync, closeSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../scripts/program.ts'
import { eventually, GONE_WITHIN_MS, inTime, OPEN_WITHIN_MS, REQUEST_WITHIN_MS } from './limits.ts'

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface DemoOptions {
  readonly timeScale: number
  readonly changeOfMind?: 'wait' | 'switch'
  /** Without, nothing but asking tells what the provider has done. */
  readonly notifications?: 'on' | 'off'
}

/** One order of the provider's ledger as its control interface tells it; amounts are digits. */
export interface LedgerOrder {
  readonly orderCode: string
  readonly executions: number
  readonly liveExecutions: number
  readonly authorisedMinor: string
  readonly capturedMinor: string
  readonly liveMinor: string
  readonly entries: readonly { readonly kind: string }[]
}

/**
 * The whole demo as `npm start` runs it, in a process of its own, with its own ports and data. It can be killed and
 * started again on both.
 */
export class Demo {
  /** Its data and all that it has printed; nothing of it is left after `close`. */
  readonly folder: string
  readonly dataFolder: string
  readonly shopUrl: string
  /** From the latest start to the shop's first answer. */
  answeredAfterMs = Number.NaN
  readonly #simulatorUrl: string
  readonly #environment: NodeJS.ProcessEnv
  #process: ChildProcess | undefined
  #exited: Promise<Exit> | undefined

  private constructor(
    folder: string,
    [port, simulatorPort]: readonly number[],
    { timeScale, changeOfMind = 'wait', notifications = 'on' }: DemoOptions,
  ) {
    this.folder = folder
    this.dataFolder = join(folder, 'data')
    this.shopUrl = `http://localhost:${port}`
    this.#simulatorUrl = `http://127.0.0.1:${simulatorPort}/worldpay`
    this.#environment = {
      ...process.env,
      SHOP_PORT: String(port),
      SHOP_SIMULATOR_PORT: String(simulatorPort),
      SHOP_DATA: this.dataFolder,
      SHOP_TIME_SCALE: String(timeScale),
      SHOP_CHANGE_OF_MIND: changeOfMind,
      SHOP_NOTIFICATIONS: notifications,
    }
    mkdirSync(this.dataFolder)
  }

  /** Makes folder and ports and starts it. `timeScale` makes the provider's time, and with it the waiting rule, faster. */
  static async open(options: DemoOptions): Promise<Demo> {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-e2e-'))
    try {
      const demo = new Demo(folder, await freePorts(2), options)
      await demo.start()
      return demo
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
      cwd: root,
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
        eventually('the shop answers', 2 * OPEN_WITHIN_MS, () => this.#answers()),
        ended.then(({ code }) => assert.fail(`the demo ended with ${code} at once:\n${this.printed}`)),
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
    assert.ok(this.#process !== undefined && this.#exited !== undefined, 'the demo was started')
    this.#process.kill(signal)
    return inTime(`the demo ends by ${signal}`, GONE_WITHIN_MS, this.#exited)
  }

  async setFault(fault: Readonly<Record<string, string | number>>): Promise<void> {
    await this.#control('faults', { method: 'POST', body: JSON.stringify(fault) })
  }

  /** A fault leaves the plan when it strikes. */
  async whenStruck(): Promise<void> {
    await eventually('the fault strikes', REQUEST_WITHIN_MS, async () => {
      const { faults } = (await this.#control('faults')) as { readonly faults: readonly unknown[] }
      return faults.length === 0 ? true : undefined
    })
  }

  /** What the provider's back office does with a payment. */
  async backOffice(orderCode: string, action: string): Promise<void> {
    await this.#control('back-office', { method: 'POST', body: JSON.stringify({ orderCode, action }) })
  }

  async ledger(): Promise<readonly LedgerOrder[]> {
    return ((await this.#control('ledger')) as { readonly orders: readonly LedgerOrder[] }).orders
  }

  async #control(path: string, init: RequestInit = {}): Promise<unknown> {
    const signal = AbortSignal.timeout(REQUEST_WITHIN_MS)
    const response = await fetch(`${this.#simulatorUrl}/control/${path}`, { ...init, signal })
    const answer: unknown = await response.json()
    assert.ok(response.ok, `the simulator refused ${path}: ${JSON.stringify(answer)}`)
    return answer
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Ports that nobody has: all are held at once, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
