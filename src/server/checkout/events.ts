import { randomInt } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { logUnexpected } from '../log.ts'
import type { ServerLimits } from '../options.ts'
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

/** When a browser comes back after its stream has ended: not all of them in the same moment. */
const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 4_000
/** What is still in the way to a browser when its stream ends has so long to get there. */
const LAST_WORDS_WITHIN_MS = 2_000

/** GET /payments/:link/events: server-sent events of a payment's versions, resumable by Last-Event-ID. */
export function registerEvents(inner: FastifyInstance, site: Site): Streams {
  const { settings } = site
  const places = new Places(settings.limits)

  inner.get<{ Params: { link: string }; Querystring: Record<string, unknown> }>(
    '/payments/:link/events',
    { exposeHeadRoute: false },
    async (request, reply) => {
      const view = await paymentByLink(site, request.params.link)
      reply.headers({ ...commonHeaders(settings), 'cache-control': 'no-store' })
      const after = versionIn(request.headers['last-event-id']) ?? versionIn(request.query['after']) ?? -1
      // Nothing will ever follow: 204 is what makes a browser stop coming back.
      if (isFinished(view) && view.version <= after) return reply.code(204).send()
      const ending = places.take(view.id)
      if (ending === undefined) return reply.code(503).header('retry-after', '5').send()

      const out = reply.raw
      try {
        reply.hijack()
        const headers = {
          ...reply.getHeaders(),
          'content-type': 'text/event-stream',
          'x-accel-buffering': 'no',
        }
        out.writeHead(200, headers as Record<string, string>)
        await stream(site, out, view, after, ending)
      } catch (error) {
        // The headers are out: the browser is told by the end of the stream, and comes back.
        logUnexpected(settings, error, 'GET /payments/:link/events')
      } finally {
        places.leave(view.id, ending)
        end(out)
      }
      return reply
    },
  )

  return {
    get count() {
      return places.taken
    },
    closeAll: () => places.close(),
  }
}

/** The places for streams: so many for all, and so many for each payment. */
class Places {
  readonly #limits: Pick<ServerLimits, 'streamsMax' | 'streamsPerPaymentMax'>
  readonly #open = new Set<AbortController>()
  readonly #byPayment = new Map<string, number>()
  #closed = false

  constructor(limits: Pick<ServerLimits, 'streamsMax' | 'streamsPerPaymentMax'>) {
    this.#limits = limits
  }

  get taken(): number {
    return this.#open.size
  }

  /** Ends the stream that has the place when it aborts; undefined when there is none. */
  take(paymentId: string): AbortController | undefined {
    const { streamsMax, streamsPerPaymentMax } = this.#limits
    const ofPayment = this.#byPayment.get(paymentId) ?? 0
    if (this.#closed || this.#open.size >= streamsMax || ofPayment >= streamsPerPaymentMax) return undefined
    const ending = new AbortController()
    this.#open.add(ending)
    this.#byPayment.set(paymentId, ofPayment + 1)
    return ending
  }

  leave(paymentId: string, ending: AbortController): void {
    this.#open.delete(ending)
    const rest = (this.#byPayment.get(paymentId) ?? 0) - 1
    if (rest > 0) this.#byPayment.set(paymentId, rest)
    else this.#byPayment.delete(paymentId)
  }

  close(): void {
    this.#closed = true
    for (const ending of this.#open) ending.abort()
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
  const stop = (): void => ending.abort()
  const write = (text: string): void => {
    out.write(text)
    // Who does not read gets no more: the stream ends, and with it soon the connection and what waits in it.
    if (out.writableLength > streamBufferBytesMax) stop()
  }
  out.once('close', stop)
  const heartbeat = setInterval(() => write(': still here\n\n'), heartbeatEveryMs)
  const lifetime = setTimeout(stop, streamLifetimeMs)
  try {
    write(`retry: ${randomInt(RETRY_MS_MIN, RETRY_MS_MAX)}\n\n`)
    if (first.version > after) write(eventOf(first))
    if (isFinished(first) || out.destroyed) return
    const { signal } = ending
    // Whatever is written down from that version on is told, also what came while this stream was opened.
    for await (const view of cf.watch(first.id, { signal, after: first.version })) {
      write(eventOf(view))
      if (isFinished(view)) return
    }
  } finally {
    clearInterval(heartbeat)
    clearTimeout(lifetime)
    out.off('close', stop)
  }
}

/** Ends the answer, and cuts the connection of whoever does not take it. */
function end(out: ServerResponse): void {
  if (out.destroyed) return
  const cut = setTimeout(() => out.destroy(), LAST_WORDS_WITHIN_MS)
  out.once('close', () => clearTimeout(cut))
  out.end()
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
