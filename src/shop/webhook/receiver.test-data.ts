import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { TEST_CERTIFICATE, TEST_KEY } from '../../gateway/http-peers.test-data.ts'
import type { PaymentChange, Telling } from '../shop.ts'
import type { Resolve } from './checked-lookup.ts'
import type { WebhookShopOptions } from './index.ts'

export const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, or so').toString('base64')}`
export const sealed = (text: string): WebhookShopOptions['secrets'][number] => ({ reveal: () => text })

export interface Heard {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly servername: string | undefined
  readonly path: string
}

export interface Receiver extends AsyncDisposable {
  readonly port: number
  readonly heard: readonly Heard[]
  /** Connections that were made to it, whether anything came over them or not. */
  readonly connections: number
}

/** A shop's server on this machine that hears webhooks and answers as a test says; 204 by itself. */
export async function receiver(
  answer: (response: ServerResponse, heard: Heard) => void = (response) => void response.writeHead(204).end(),
  scheme: 'http' | 'https' = 'http',
): Promise<Receiver> {
  const heard: Heard[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => response.destroy())
    request.on('end', () => {
      const { servername } = request.socket as { servername?: string }
      const entry: Heard = {
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(chunks).toString(),
        servername,
        path: request.url ?? '',
      }
      heard.push(entry)
      answer(response, entry)
    })
  }
  const server =
    scheme === 'http' ? createServer(take) : createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, take)
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  // A client that does not trust our certificate hangs up.
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    get connections() {
      return connections
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function telling(changes: Partial<Telling> = {}): Telling {
  return {
    key: 'payment-1:statusOk:mark-order-paid',
    sequence: 3,
    atMs: 1_700_000_000_123,
    paymentId: 'payment-1',
    orderId: 'A-1001',
    amountMinor: 4250n,
    currency: 'GBP',
    signal: AbortSignal.timeout(20_000),
    ...changes,
  }
}

export function change(changes: Partial<PaymentChange> = {}): PaymentChange {
  return { ...telling(), change: 'refunded', changedMinor: 250n, ...changes }
}

/** Name servers that answer each question with the next of these, the last one for ever. */
export function answering(
  ...answers: readonly (readonly string[])[]
): Resolve & { readonly asked: string[] } {
  const asked: string[] = []
  const resolve = async (hostname: string) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(hostname)
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  return Object.assign(resolve, { asked })
}
