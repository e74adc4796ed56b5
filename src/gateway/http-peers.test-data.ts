import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Exchange } from './gateway.ts'
import { httpTransport } from './http-transport.ts'
import type { HttpTransportOptions } from './http-transport.ts'
import type { Sent, Transport } from './transport.ts'

/*
 * Both sides of the transport's tests: a transport, and servers on raw sockets, so that each byte is theirs to send
 * or to cut.
 */

/** A self-signed certificate for localhost and 127.0.0.1, to 2120. It protects nothing. */
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBcTCCARegAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5vbmx5IGZv
ciB0ZXN0czAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGTEXMBUG
A1UEAwwOb25seSBmb3IgdGVzdHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQD
jBQ8Jba+La9tJstYtfMjYg6PRNggn2v8VyDBI/yBW9bT9nGIULOWu0P2RgdZptvK
j1WIbcJesVj5nNVHq0pTo04wTDAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGC
CWxvY2FsaG9zdIcEfwAAATAdBgNVHQ4EFgQUukkN/VxB7JwaGXkB7UPklSC7orAw
CgYIKoZIzj0EAwIDSAAwRQIhAMxf1idA0ls3ZV9pGOgkcCgLc5DuZRhOf1sQASq0
aa10AiBjpxjk8ywBKN3Zh7vwEvdQVNWAWuj2RnPBw5OPj6XTMQ==
-----END CERTIFICATE-----
`
export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQLehgCDKDnwxt1+A
OyAT/Bm7DnBkYoLybpNy+iU9HcOhRANCAAQDjBQ8Jba+La9tJstYtfMjYg6PRNgg
n2v8VyDBI/yBW9bT9nGIULOWu0P2RgdZptvKj1WIbcJesVj5nNVHq0pT
-----END PRIVATE KEY-----
`

/** How a server is made that speaks each scheme. */
export const schemes = [
  { scheme: 'http', create: createServer },
  {
    scheme: 'https',
    create: (onConnection: (socket: Socket) => void): Server =>
      createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, onConnection),
  },
] as const

/** A `mayStart` that lets everything go. */
export const go = (): undefined => undefined

/** A transport that is closed when the test's block ends. */
export function openTransport(options: HttpTransportOptions = {}): Transport & AsyncDisposable {
  const transport = httpTransport(options)
  return { ...transport, [Symbol.asyncDispose]: () => transport.close(0) }
}

/** The body of an answer, and there must be one. */
export function bodyOf(sent: Sent): string {
  assert.equal(sent.kind, 'answered', JSON.stringify(sent))
  return sent.kind === 'answered' ? Buffer.from(sent.answer.body).toString() : ''
}

export const ANSWER_BODY = '<ok/>'

/** An HTTP answer as bytes. */
export function answerText(body = ANSWER_BODY, head = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

export function exchangeTo(port: number, more: Partial<Exchange> = {}): Exchange {
  return {
    movesMoney: true,
    method: 'POST',
    url: `http://127.0.0.1:${port}/pay?x=1`,
    headers: { 'content-type': 'text/xml' },
    body: '<request/>',
    timeoutMs: 5_000,
    answerBytesMax: 10_000,
    ...more,
  }
}

/** A TCP server that is closed with all its connections when the test's block ends. */
export interface Peer extends AsyncDisposable {
  readonly port: number
  readonly sockets: readonly Socket[]
  /** Errors of its sockets, such as the ECONNRESET of a reset. */
  readonly errors: readonly string[]
}

export async function listen(
  onConnection: (socket: Socket) => void,
  create: (onConnection: (socket: Socket) => void) => Server = createServer,
): Promise<Peer> {
  const sockets: Socket[] = []
  const errors: string[] = []
  const server = create((socket) => {
    sockets.push(socket)
    socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? error.message))
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    errors,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Calls back with each whole request that arrives. */
export function onRequest(socket: Socket, received: (text: string) => void): void {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    for (;;) {
      const headEnd = text.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0)
      const end = headEnd + 4 + length
      if (text.length < end) return
      const request = text.slice(0, end)
      text = text.slice(end)
      received(request)
    }
  })
}

/** Waits until `holds` does, at most ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > endMs) throw new Error('it never came to that')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
