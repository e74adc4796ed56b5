import type { FastifyInstance } from 'fastify'
import type { Settings } from '../options.ts'
import { networkOf } from './names.ts'

/** Addresses that no payer has, and proxies do. */
const INTERNAL = /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:|fe80:|0:0:0:0$)/

/**
 * Says once that a proxy stands in front and was not named: all payers then seem to come from one address, and use up
 * its tries together.
 */
export function tellOfUnknownProxy(inner: FastifyInstance, { trustProxy, log }: Settings): void {
  let isTold = trustProxy.length > 0
  inner.addHook('onRequest', async ({ headers, ip }) => {
    if (isTold || headers['x-forwarded-for'] === undefined || !INTERNAL.test(networkOf(ip) ?? '')) return
    isTold = true
    const message =
      'requests come through a proxy that trustProxy does not name: all payers count as one address, and are soon refused together'
    log({ level: 'warn', message })
  })
}
