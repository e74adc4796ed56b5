import type { FastifyInstance } from 'fastify'
import type { Streams } from './checkout/events.ts'
import { commonHeaders } from './security-headers.ts'
import type { Site } from './site.ts'

/** GET /livez: this process answers. GET /readyz: it also takes payments; a balancer sends nobody here otherwise. */
export function registerHealth(inner: FastifyInstance, { cf, settings }: Site, streams: Streams): void {
  const headers = { ...commonHeaders(settings), 'cache-control': 'no-store' }
  inner.get('/livez', (_request, reply) => reply.headers(headers).send({ live: true }))
  inner.get('/readyz', (_request, reply) =>
    reply
      .code(cf.ready ? 200 : 503)
      .headers(headers)
      .send({
        ready: cf.ready,
        running: cf.running,
        inFlight: cf.inFlight,
        streams: streams.count,
        ...(cf.spool === undefined ? {} : { spool: cf.spool }),
      }),
  )
}
