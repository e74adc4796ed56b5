import { connect as connectPlain, isIP } from 'node:net'
import { connect as connectTls, rootCertificates } from 'node:tls'
import { reasonOf } from '../../errors.ts'

/** What a connection to an address has shown, without a word having been sent. */
export type Look =
  | { readonly kind: 'connected'; readonly certificateEndsAtMs: number | undefined }
  | { readonly kind: 'no-connection'; readonly why: string }

const CONNECT_MS_MAX = 5_000

/** Connects to an address that a name was resolved to; with https the certificate is verified for that name. */
export function lookAt(url: URL, address: string, ca: string | readonly string[] | undefined): Promise<Look> {
  const isTls = url.protocol === 'https:'
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
  return isTls ? overTls(hostOf(url), address, port, ca) : plain(address, port)
}

/** Without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

function overTls(
  host: string,
  address: string,
  port: number,
  ca: string | readonly string[] | undefined,
): Promise<Look> {
  return new Promise((resolve) => {
    const authorities =
      ca === undefined ? {} : { ca: [...rootCertificates, ...(typeof ca === 'string' ? [ca] : ca)] }
    // An address is verified as it stands; a name is also told to the server (SNI).
    const name = isIP(host) === 0 ? { servername: host } : {}
    const socket = connectTls({ host: address, port, timeout: CONNECT_MS_MAX, ...name, ...authorities })
    const end = (look: Look): void => {
      socket.destroy()
      resolve(look)
    }
    socket.once('secureConnect', () => {
      const endsAtMs = Date.parse(socket.getPeerCertificate().valid_to)
      end({ kind: 'connected', certificateEndsAtMs: Number.isNaN(endsAtMs) ? undefined : endsAtMs })
    })
    socket.once('timeout', () => end({ kind: 'no-connection', why: `no TLS within ${CONNECT_MS_MAX} ms` }))
    socket.once('error', (error) => end({ kind: 'no-connection', why: reasonOf(error) }))
  })
}

function plain(address: string, port: number): Promise<Look> {
  return new Promise((resolve) => {
    const socket = connectPlain({ host: address, port, timeout: CONNECT_MS_MAX })
    const end = (look: Look): void => {
      socket.destroy()
      resolve(look)
    }
    socket.once('connect', () => end({ kind: 'connected', certificateEndsAtMs: undefined }))
    socket.once('timeout', () =>
      end({ kind: 'no-connection', why: `no connection within ${CONNECT_MS_MAX} ms` }),
    )
    socket.once('error', (error) => end({ kind: 'no-connection', why: reasonOf(error) }))
  })
}
