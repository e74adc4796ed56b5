import { randomBytes } from 'node:crypto'
import type { NotificationHandler } from '../../gateway/gateway.ts'
import type { CheckedConfiguration } from '../check-configuration.ts'
import { listen } from '../listen.ts'
import { type CheckResult, fail, ok, together, warn } from './check.ts'
import { askHttp } from './http-question.ts'
import { isLoopback, ownAddress } from './own-address.ts'
import type { ServerState } from './server-check.ts'

const TOKEN_BYTES = 16

/**
 * Whether a provider's call would arrive: name, TLS and proxy of the public address lead to this server. Where none
 * runs, a listener takes its place for this one question.
 */
export async function checkNotifications(
  configuration: CheckedConfiguration,
  server: ServerState,
  signal: AbortSignal,
): Promise<CheckResult> {
  const handlers = new Map(
    configuration.modules.flatMap(({ gateway: { notification } }) =>
      notification === undefined ? [] : [[notification.path, notification] as const],
    ),
  )
  if (handlers.size === 0) return ok('no provider of these modules calls')
  if (server === 'other') {
    return fail(
      `another program has the address ${ownAddress(configuration)}`,
      'See the check of the server.',
    )
  }
  const arrival =
    server === 'running' ? await livesAt(configuration, signal) : await leadsHere(configuration, signal)
  const results = [arrival, ...reachOf(configuration)]
  if (server === 'running' && arrival.status === 'ok') {
    for (const handler of handlers.values()) results.push(await callOf(configuration, handler, signal))
  }
  return together(results)
}

async function livesAt({ publicUrl }: CheckedConfiguration, signal: AbortSignal): Promise<CheckResult> {
  const reply = await askHttp(`${publicUrl}/livez`, {}, signal)
  if ('why' in reply) return unreachable(publicUrl, reply.why)
  if (reply.status === 200 && reply.body.includes('"live":true'))
    return ok(`${publicUrl} leads to the server`)
  return elsewhere(publicUrl, reply.status)
}

/** A random word, answered at the listen address to this very question, must be what the public address says. */
async function leadsHere(configuration: CheckedConfiguration, signal: AbortSignal): Promise<CheckResult> {
  const { publicUrl } = configuration
  const word = randomBytes(TOKEN_BYTES).toString('hex')
  const question = `/livez?doctor=${randomBytes(TOKEN_BYTES).toString('hex')}`
  const listener = await listen(configuration.listen, (request, response) => {
    // Payers and the provider may come meanwhile: theirs is for the server.
    if (request.url?.endsWith(question) === true) {
      response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' }).end(word)
    } else response.writeHead(503, { 'retry-after': '5', connection: 'close' }).end()
  })
  try {
    const reply = await askHttp(`${publicUrl}${question}`, {}, signal)
    if ('why' in reply) return unreachable(publicUrl, reply.why)
    return reply.body === word ? ok(`${publicUrl} leads here`) : elsewhere(publicUrl, reply.status)
  } finally {
    await listener.end()
  }
}

/** Without the credentials that were agreed on a call must be turned away at the door, where nothing is written. */
async function callOf(
  { publicUrl }: CheckedConfiguration,
  { path, hasCredentials }: NotificationHandler,
  signal: AbortSignal,
): Promise<CheckResult> {
  const url = `${publicUrl}/notifications/${path}`
  if (!hasCredentials) return ok(`${url} asks for no credentials, and believes nothing without an inquiry`)
  const headers = { 'content-type': 'text/xml' }
  const reply = await askHttp(url, { method: 'POST', headers, body: '' }, signal)
  if ('why' in reply) return unreachable(url, reply.why)
  if (reply.body.includes('CF_NOTIFICATION_REFUSED')) return ok(`${url} refuses whoever shows no credentials`)
  return fail(
    `${url} answers ${reply.status} where it should refuse`,
    'Let the proxy pass POST requests on as they are, with their headers.',
  )
}

/** A provider is elsewhere; a simulator is not. */
function reachOf({ publicUrl, simulator }: CheckedConfiguration): readonly CheckResult[] {
  const { hostname, protocol } = new URL(publicUrl)
  if (isLoopback(hostname)) {
    if (simulator !== undefined) return [ok('the simulator reaches it on this machine')]
    const todo =
      'Set publicUrl to the address that the world knows; until then inquiries have to find everything.'
    return [warn('the provider cannot reach an address of this machine', todo)]
  }
  if (protocol === 'https:') return []
  return [warn('credentials travel in the clear', 'Set publicUrl to https.')]
}

function unreachable(url: string, why: string): CheckResult {
  return fail(
    `${url} cannot be reached from here: ${why}`,
    'Look at DNS, TLS and the proxy in front. Where this machine alone cannot reach it, try from outside.',
  )
}

function elsewhere(url: string, status: number): CheckResult {
  return fail(
    `${url} leads elsewhere (${status})`,
    'Let the proxy pass it on to the listen address, path included.',
  )
}
