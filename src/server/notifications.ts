import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CounterfoilError, type ErrorCode } from '../errors.ts'
import { commonHeaders } from './security-headers.ts'
import type { Settings } from './options.ts'
import type { Site } from './site.ts'

/** What providers send; anything else is answered 415. */
const CONTENT_TYPES = ['text/xml', 'application/xml', 'application/json', 'application/x-www-form-urlencoded']

const PATH = '/notifications/'

/**
 * POST /notifications/:path: a call of the provider's server. It is durable in the engine before it is acknowledged,
 * and what the provider reads is the acknowledgement to the byte. There is no cookie, no page and no log of it here.
 */
export function registerNotifications(inner: FastifyInstance, { cf, settings }: Site): void {
  const { notificationBytesMax: bodyLimit } = settings.limits
  // A scope of its own: here bodies stay as they came, and are longer than those of our forms.
  inner.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(CONTENT_TYPES, { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    )
    scope.post<{ Params: { path: string }; Body: string | undefined }>(
      `${PATH}:path`,
      { bodyLimit },
      async (request, reply) => {
        const { status, contentType, body } = await cf.receive({
          path: request.params.path,
          raw: request.body ?? '',
          headers: headersOf(request),
          callerAddress: request.ip,
        })
        return reply
          .code(status)
          .headers({ ...quiet(settings), 'content-type': contentType })
          .send(Buffer.from(body))
      },
    )
  })
}

/** True for the calls of a provider: they are answered for programs. */
export function isNotification(request: FastifyRequest): boolean {
  return (request.routeOptions.url ?? '').startsWith(PATH)
}

/** Whoever calls is a program, and repeats what was not taken. */
export function sendErrorText(
  settings: Settings,
  error: unknown,
  status: number,
  reply: FastifyReply,
): FastifyReply {
  if (status === 503 || status === 504) reply.header('retry-after', RETRY_AFTER_SECONDS)
  return reply
    .code(status)
    .headers({ ...quiet(settings), 'content-type': 'text/plain; charset=utf-8' })
    .send(`${codeOf(error, status)}\n`)
}

const RETRY_AFTER_SECONDS = '30'

function codeOf(error: unknown, status: number): string {
  if (error instanceof CounterfoilError) return error.code
  const tooLong: ErrorCode = 'CF_NOTIFICATION_REFUSED'
  return status === 413 ? tooLong : `HTTP ${status}`
}

const quiet = (settings: Settings): Record<string, string> => ({
  ...commonHeaders(settings),
  'cache-control': 'no-store',
})

/** Node joins what comes twice; the few that it keeps apart are joined as it does. */
function headersOf({ headers }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}
