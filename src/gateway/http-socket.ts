import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { reasonOf } from '../errors.ts'

export interface SocketOptions {
  /** Name lookup, TCP and TLS together. */
  readonly connectTimeoutMs: number
  /** Certificates to trust instead of the usual ones, in PEM. */
  readonly ca: string | readonly string[] | undefined
}

/** An open connection: what is written to, and the TCP socket below it, which is the one that can be reset. */
export interface OpenSocket {
  readonly stream: Socket
  readonly raw: Socket
}

/**
 * Opens a connection; nothing of a request has left when it rejects. Certificates are always verified: no setting and
 * no variable of the environment turns that off. No proxy is used.
 */
export function openSocket(
  origin: URL,
  { connectTimeoutMs, ca }: SocketOptions,
  signal: AbortSignal,
): Promise<OpenSocket> {
  return new Promise((resolve, reject) => {
    const host = origin.hostname.replace(/^\[(.*)\]$/, '$1')
    const secure = origin.protocol === 'https:'
    const port = Number(origin.port === '' ? (secure ? 443 : 80) : origin.port)
    const raw = connectTcp({ host, port, noDelay: true, keepAlive: true })
    let stream = raw

    const timeout = setTimeout(
      () => fail(new Error(`no connection within ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    )
    const abandoned = (): void => fail(new Error('the transport was closed'))
    const finish = (): void => {
      clearTimeout(timeout)
      signal.removeEventListener('abort', abandoned)
    }
    const fail = (error: Error): void => {
      finish()
      stream.destroy()
      raw.destroy()
      reject(new Error(`${origin.host}: ${reasonOf(error)}`))
    }
    const closedEarly = (): void => fail(new Error('closed before the connection was ready'))
    const ready = (): void => {
      finish()
      stream.off('close', closedEarly)
      resolve({ stream, raw })
    }

    signal.addEventListener('abort', abandoned, { once: true })
    // These stay: a socket without a listener for errors would end the process.
    raw.on('error', fail)
    raw.once('close', closedEarly)
    if (!secure) {
      raw.once('connect', ready)
      return
    }
    raw.once('connect', () => {
      stream = connectTls({
        socket: raw,
        // RFC 6066 allows no addresses here.
        ...(isIP(host) === 0 ? { servername: host } : {}),
        host,
        ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
        ALPNProtocols: ['http/1.1'],
        minVersion: 'TLSv1.2',
        rejectUnauthorized: true,
      })
      stream.on('error', fail)
      stream.once('close', closedEarly)
      stream.once('secureConnect', ready)
    })
  })
}
