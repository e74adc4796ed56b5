import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CounterfoilError, failure } from '../../errors.ts'
import { logUnexpected } from '../log.ts'
import { pathWithin } from '../mount.ts'
import type { Settings } from '../options.ts'
import { commonHeaders } from '../security-headers.ts'
import { callerOf } from './authentication.ts'
import type { Problem } from './schemas.ts'

/** Where the API is, below the path of the public address. */
export const API_PATH = '/v1'

const PROBLEM_TYPE = 'application/problem+json'
const RETRY_AFTER_SECONDS = '5'

/** What to do about what the status alone names. */
const DETAILS: Readonly<Record<number, string>> = {
  405: 'the method must be one of those in the header Allow',
  413: 'the body is larger than this server reads',
  415: 'the body must be JSON, with the header Content-Type: application/json',
}

/** On every answer of the API. */
export function apiHeaders(settings: Settings): Record<string, string> {
  return { ...commonHeaders(settings), 'cache-control': 'no-store' }
}

/** True for what programs ask of the API, whether there is such an address or not. */
export function isApiCall({ api }: Pick<Settings, 'api'>, { url }: Pick<FastifyRequest, 'url'>): boolean {
  return api !== undefined && /^\/v1(?:[/?#]|$)/.test(url)
}

/** The one place where an error becomes an answer of the API. */
export function sendProblem(
  settings: Settings,
  error: unknown,
  status: number,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (status >= 500) {
    const client = callerOf(request) ?? 'nobody known'
    logUnexpected(settings, error, `${request.method} ${request.routeOptions.url ?? API_PATH} by ${client}`)
  }
  for (const [name, value] of Object.entries(headersFor(error, status))) reply.header(name, value)
  // As bytes: a string would get a character set that this type does not have.
  return reply
    .code(status)
    .headers({ ...apiHeaders(settings), 'content-type': PROBLEM_TYPE })
    .send(Buffer.from(JSON.stringify(problemOf(settings, error, status))))
}

/** Whoever comes while the server ends is told to come again, a program in the words of the API. */
export function refuseAtTheEnd(settings: Settings, request: IncomingMessage, response: ServerResponse): void {
  const headers = { 'retry-after': RETRY_AFTER_SECONDS, connection: 'close' }
  if (!isApiCall(settings, { url: pathWithin(settings.base, request) })) {
    response.writeHead(503, headers).end()
    return
  }
  const error = failure('CF_NOT_STARTED', 'this server is about to end')
  response
    .writeHead(503, { ...headers, ...apiHeaders(settings), 'content-type': PROBLEM_TYPE })
    .end(JSON.stringify(problemOf(settings, error, error.status)))
}

/** What happened on our side is for the log: its words may name files of this machine. */
export function problemOf(
  { origin, base }: Pick<Settings, 'origin' | 'base'>,
  error: unknown,
  status: number,
): Problem {
  if (!(error instanceof CounterfoilError)) {
    const detail = DETAILS[status]
    return {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      ...(detail !== undefined && { detail }),
    }
  }
  const { code, retry, message } = error
  const [title = code] = message.split(': ')
  return {
    type: `${origin}${base}${API_PATH}/errors/${code}`,
    title,
    status,
    ...(status < 500 && { detail: message.slice(title.length + 2) }),
    code,
    retry,
  }
}

function headersFor(error: unknown, status: number): Readonly<Record<string, string>> {
  if (status === 401) return { 'www-authenticate': 'Bearer realm="counterfoil"' }
  if (error instanceof MethodNotAllowed) return { allow: error.allowed }
  const { retryAfterSeconds } = error instanceof CounterfoilError ? error.details : {}
  if (retryAfterSeconds !== undefined) return { 'retry-after': retryAfterSeconds }
  return status === 503 || status === 504 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}
}

/** An address of the API that has other methods. */
export class MethodNotAllowed extends Error {
  readonly code = 'FST_METHOD_NOT_ALLOWED'
  readonly statusCode = 405
  readonly allowed: string

  constructor(allowed: string) {
    super(`this address has ${allowed}`)
    this.name = 'MethodNotAllowed'
    this.allowed = allowed
  }
}
