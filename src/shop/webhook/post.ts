import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { getCACertificates } from 'node:tls'
import type { Reach } from './address-rules.ts'
import { isAllowed } from './address-rules.ts'
import { refusedAddress } from './checked-lookup.ts'

/** What is read of an answer's body, so that a shop's program need not see a broken pipe. Nothing of it is kept. */
const ANSWER_BYTES_MAX = 16_384
const ANSWER_HEADER_BYTES_MAX = 16_384
/** How long the rest of an answer is waited for; its status has said it all. */
const REST_OF_ANSWER_MS = 1_000

export interface Post {
  readonly url: URL
  readonly reach: Reach
  readonly lookup: LookupFunction
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Trusted beside the usual certificates. */
  readonly ca: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Sends one request over a connection of its own, follows no redirect, uses no proxy, and answers with the status.
 *
 * @throws what the lookup, the connection or TLS has failed with, and the signal's reason.
 */
export async function post(given: Post): Promise<number> {
  const { url, body, signal, headers } = given
  const options = {
    method: 'POST',
    // A connection of its own is made to the address that was checked, and to no other.
    agent: false,
    lookup: given.lookup,
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    maxHeaderSize: ANSWER_HEADER_BYTES_MAX,
    signal,
  } as const
  const request =
    url.protocol === 'https:'
      ? requestHttps(url, {
          ...options,
          rejectUnauthorized: true,
          minVersion: 'TLSv1.2',
          ...(given.ca.length > 0 && { ca: [...getCACertificates('default'), ...given.ca] }),
        })
      : requestHttp(url, options)
  const response = await answerOf(request, given)
  await restOf(response)
  return response.statusCode ?? 0
}

function answerOf(request: ClientRequest, { url, reach, body }: Post): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    // More than one error can follow an abort; the first is the answer.
    request.on('error', reject)
    // An answer that is none, such as a change to another protocol, closes the connection and is neither of these.
    request.once('close', () => reject(new Error('the connection ended without an answer')))
    request.once('socket', (socket) => {
      // An address in the URL itself is not looked up: what the connection has really reached is looked at too.
      socket.once('connect', () => {
        const { remoteAddress = '' } = socket
        if (!isAllowed(remoteAddress, reach)) request.destroy(refusedAddress(url.hostname, remoteAddress))
      })
      // Not a byte leaves before the other side has shown its certificate.
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        if (!request.destroyed) request.end(body)
      })
    })
  })
}

/** Reads what is left of an answer, with bounds, and lets the connection go. */
function restOf(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const enough = setTimeout(() => response.destroy(), REST_OF_ANSWER_MS)
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > ANSWER_BYTES_MAX) response.destroy()
    })
    // What breaks here breaks after the status, which is all that counts.
    response.on('error', () => response.destroy())
    response.once('close', () => {
      clearTimeout(enough)
      resolve()
    })
  })
}
