import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { failure } from '../../errors.ts'
import { type ApiSettings, digestOf } from './options.ts'

const callers = new WeakMap<FastifyRequest, string>()

/**
 * Says which client calls. Every key is compared, to its end, so that the time it takes tells nothing.
 *
 * @throws CF_API_KEY_REFUSED, the same for no key as for a wrong one.
 */
export function authenticate({ keys }: ApiSettings, request: FastifyRequest): string {
  const [, key = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  const digest = digestOf(key)
  let caller: string | undefined
  for (const known of keys) if (timingSafeEqual(known.digest, digest)) caller = known.client
  if (caller === undefined) {
    throw failure('CF_API_KEY_REFUSED', 'this request shows no key that is known here')
  }
  callers.set(request, caller)
  return caller
}

/** The client of a request that `authenticate` has let through; undefined for any other. */
export function callerOf(request: FastifyRequest): string | undefined {
  return callers.get(request)
}
