import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { failure } from '../../errors.ts'
import { type ApiSettings, digestOf, type KnownKey } from './options.ts'

const callers = new WeakMap<FastifyRequest, KnownKey>()

/**
 * Says who calls. Every key is compared, to its end, so that the time it takes tells nothing.
 *
 * @throws CF_API_KEY_REFUSED, the same for no key as for a wrong one.
 */
export function authenticate({ keys }: ApiSettings, request: FastifyRequest): string {
  const [, key = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  const digest = digestOf(key)
  let caller: KnownKey | undefined
  for (const known of keys) if (timingSafeEqual(known.digest, digest)) caller = known
  if (caller === undefined) {
    throw failure('CF_API_KEY_REFUSED', 'this request shows no key that is known here')
  }
  callers.set(request, caller)
  return caller.client
}

/** The client or operator of a request that `authenticate` has let through; undefined for any other. */
export function callerOf(request: FastifyRequest): string | undefined {
  return callers.get(request)?.client
}

/**
 * The person whose key a request shows. Who resolves a case is said by nothing else in the request.
 *
 * @throws CF_API_KEY_ROLE for the key of a client, which hands orders over and is asked why of nothing.
 */
export function operatorOf(request: FastifyRequest): string {
  const caller = callers.get(request)
  if (caller?.role === 'operator') return caller.client
  throw failure('CF_API_KEY_ROLE', 'cases are resolved, and reports compared, with the key of an operator')
}

/** @throws CF_API_KEY_ROLE for the key of an operator. */
export function clientOf(request: FastifyRequest): string {
  const caller = callers.get(request)
  if (caller?.role === 'client') return caller.client
  throw failure('CF_API_KEY_ROLE', 'orders are handed over with the key of a client')
}
