import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Simulator, startSimulator } from 'counterfoil/simulators'
import { eventually, GONE_WITHIN_MS, inTime, REQUEST_WITHIN_MS } from '../e2e/limits.ts'
import { environment } from './outside.ts'

/** From its start to its first page; `next start` has to load Next. */
const OPEN_WITHIN_MS = 30_000

/** What an example finds around it: a data folder of its own, a provider, a port. */
export interface Surroundings extends AsyncDisposable {
  readonly simulator: Simulator
  readonly port: number
  readonly shopUrl: string
  readonly dataFolder: string
  readonly env: NodeJS.ProcessEnv
  /** Of the data folder. */
  files(): readonly string[]
}

export async function surroundings(): Promise<Surroundings> {
  const simulator = await startSimulator({ port: 0 })
  const port = await freePort()
  const dataFolder = mkdtempSync(join(tmpdir(), 'counterfoil-example-'))
  return {
    simulator,
    port,
    dataFolder,
    shopUrl: `http://localhost:${port}`,
    env: {
      ...environment,
      PORT: String(port),
      DATA_FOLDER: dataFolder,
      WORLDPAY_URL: simulator.worldpayUrls.paymentService,
      COUNTERFOIL_SECRET: 'a secret of thirty-two bytes or more',
    },
    files: () => readdirSync(dataFolder),
    [Symbol.asyncDispose]: async () => {
      await simulator.close()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}

/** An example of the folder `folder`, in a process of its own. */
export class ExampleShop implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exited: Promise<number | NodeJS.Signals | null>
  #printed = ''
  #hasEnded = false

  private constructor(folder: string, options: readonly string[], env: NodeJS.ProcessEnv) {
    const child = spawn(process.execPath, options, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#printed += chunk.toString()
      })
    }
    this.#child = child
    this.#exited = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        this.#hasEnded = true
        resolve(code ?? signal)
      })
    })
  }

  /** Resolves when the shop answers. */
  static async open(folder: string, options: readonly string[], around: Surroundings): Promise<ExampleShop> {
    const shop = new ExampleShop(folder, options, around.env)
    try {
      await eventually('the shop answers', OPEN_WITHIN_MS, () =>
        shop.#hasEnded ? true : answers(around.shopUrl),
      )
      assert.equal(shop.#hasEnded, false, 'it ended at once')
      return shop
    } catch (error) {
      await shop[Symbol.asyncDispose]()
      throw new Error(`the example does not begin:\n${shop.printed}`, { cause: error })
    }
  }

  get printed(): string {
    return this.#printed
  }

  /** Asks it to end; answers how it did. */
  async end(): Promise<number | NodeJS.Signals | null> {
    this.#child.kill('SIGTERM')
    return inTime(`the example ends\n${this.printed}`, GONE_WITHIN_MS, this.#exited)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

async function answers(url: string): Promise<true | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_WITHIN_MS) })
    await response.body?.cancel()
    return response.ok ? true : undefined
  } catch {
    // Nobody listens yet.
    return undefined
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
