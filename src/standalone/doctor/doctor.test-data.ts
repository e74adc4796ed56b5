import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secret } from '../../gateway/secret.ts'
import { type WorldpayOptions, worldpay } from '../../gateways/worldpay/index.ts'
import { internalModule, type PaymentModule } from '../../pipeline/module.ts'
import { type CheckedConfiguration, checkedConfiguration } from '../check-configuration.ts'
import type { ServerConfiguration } from '../server-configuration.ts'

/** A card module whose provider is at this address. */
export function cardAt(url: string, options: Partial<WorldpayOptions> = {}): PaymentModule {
  const account = { merchantCode: 'COUNTERFOIL', username: 'counterfoil-xml' }
  const password = secret('counterfoil-password')
  return internalModule('card', { gateway: worldpay({ url, ...account, password, ...options }).direct })
}

/** Removed by whoever asked for it. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'counterfoil-doctor-'))
}

/** A configuration with a shop in the same process and one module, changed as a test wants it. */
export function configured(change: Partial<ServerConfiguration>, folder = '/nowhere'): CheckedConfiguration {
  return checkedConfiguration(
    {
      modules: [cardAt('http://127.0.0.1:9/')],
      publicUrl: 'http://localhost:9/pay',
      secret: secret('a-secret-of-the-tests-with-more-than-32-bytes'),
      shop: { loadOrder: async () => undefined },
      ...change,
    },
    folder,
  )
}

/** Somebody who answers, at a port of its own. */
export class Peer implements AsyncDisposable {
  readonly #server: Server
  readonly port: number

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  static async open(answer: RequestListener): Promise<Peer> {
    const server = createServer(answer)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Peer(server)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** A port at which nobody answers. */
export async function deadPort(): Promise<number> {
  await using peer = await Peer.open(() => undefined)
  return peer.port
}

export const never = new AbortController().signal

export function removed(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
