import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { logUnexpected } from '../log.ts'
import { commonHeaders } from '../security-headers.ts'
import type { Site } from '../site.ts'
import { paymentByLink } from './payment-by-link.ts'
import { isFinished } from './payment-page.ts'

/** The open streams of this node, counted so that they stay few, and ended when the server closes. */
export interface Streams {
  readonly count: number
  /** Ends them, and opens no more. */
  closeAll(): void
}

const RETRY_MS = 2_000

/** GET /payments/:link/events: server-sent events of a payment's versions, resumable by Last-Event-ID. */
export function registerEvents(inner: FastifyInstance, site: Site): Streams {
  const { settings } = site
  const { limits } = settings
  const open = new Map<AbortController, string>()
  let closed = false

  const isFull = (paymentId: string): boolean =>
    closed ||
    open.size >= limits.streamsMax ||
    [...open.values()].filter((id) => id === paymentId).length >= limits.streamsPerPaymentMax

  inner.get<{ Params: { link: string }; Querystring: Record<string, unknown> }>(
    '/payments/:link/events',
    { exposeHeadRoute: false },
    async (request, reply) => {
      const view = await paymentByLink(site, request.params.link)
      reply.headers({ ...commonHeaders(settings), 'cache-control': 'no-store' })
      const after = versionIn(request.headers['last-event-id']) ?? versionIn(request.query['after']) ?? -1
      // Nothing will ever follow: 204 is what makes a browser stop coming back.
      if (isFinished(view) && view.version <= after) return reply.code(204).send()
      if (isFull(view.id)) return reply.code(503).header('retry-after', '5').send()

      reply.hijack()
      const headers = {
        ...reply.getHeaders(),
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      }
      reply.raw.writeHead(200, headers as Record<string, string>)
      const ending = new AbortController()
      open.set(ending, view.id)
      try {
        await stream(site, reply.raw, view, after, ending)
      } catch (error) {
        // The headers are out: the browser is told by the end of the stream, and comes back.
        logUnexpected(settings, error, 'GET /payments/:link/events')
      } finally {
        open.delete(ending)
        reply.raw.end()
      }
      return reply
    },
  )

  return {
    get count() {
      return open.size
    },
    closeAll: () => {
      closed = true
      for (const ending of open.keys()) ending.abort()
    },
  }
}

async function stream(
  { cf, settings }: Site,
  out: ServerResponse,
  first: PaymentView,
  after: number,
  ending: AbortController,
): Promise<void> {
  const { heartbeatEveryMs, streamLifetimeMs, streamBufferBytesMax } = settings.limits
  const end = (): void => ending.abort()
  const write = (text: string): void => {
    out.write(text)
    if (out.writableLength > streamBufferBytesMax) end()
  }
  out.once('close', end)
  const heartbeat = setInterval(() => write(': still here\n\n'), heartbeatEveryMs)
  const lifetime = setTimeout(end, streamLifetimeMs)
  try {
    write(`retry: ${RETRY_MS}\n\n`)
    if (first.version > after) write(eventOf(first))
    if (isFinished(first) || out.destroyed) return
    const { signal } = ending
    for await (const view of cf.watch(first.id, { signal, after: first.version })) {
      write(eventOf(view))
      if (isFinished(view)) return
    }
  } finally {
    clearInterval(heartbeat)
    clearTimeout(lifetime)
    out.off('close', end)
  }
}

/** Only what the script needs to know: the page itself is loaded again. */
function eventOf(view: PaymentView): string {
  const { status, payerTask } = view
  const data = JSON.stringify({ status, finished: isFinished(view), task: payerTask?.kind })
  return `id: ${view.version}\nevent: payment\ndata: ${data}\n\n`
}

function versionIn(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
