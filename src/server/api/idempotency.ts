import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { failure } from '../../errors.ts'

const KEY = /^[\w.:-]{8,128}$/
const RETRY_AFTER_SECONDS = '1'

/**
 * The key of a request, by the IETF draft `Idempotency-Key`: a string in quotes. Without quotes, as many clients
 * send it, it is the same key. What is stored is a digest: a client's key may be made of anything.
 *
 * @throws CF_KEY_MISSING
 */
export function idempotencyKeyOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  const header = headers['idempotency-key']
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : ''
  if (!KEY.test(key)) {
    throw failure('CF_KEY_MISSING', 'Idempotency-Key must have 8 to 128 characters of [A-Za-z0-9_.:-]')
  }
  return createHash('sha256').update(key).digest('hex')
}

/** A digest of what is asked for: under the same key it must be the same. */
export function fingerprintOf(route: string, content: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([route, content]))
    .digest('hex')
}

/** The keys whose first answer is being made in this process. There are no more than requests under way. */
export class KeysInProgress {
  readonly #names = new Set<string>()

  /** @throws CF_KEY_IN_PROGRESS while another request with this key is under way. */
  async during<T>(client: string, key: string, work: () => Promise<T>): Promise<T> {
    const name = `${client} ${key}`
    if (this.#names.has(name)) {
      throw failure('CF_KEY_IN_PROGRESS', 'the first answer is being made', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      })
    }
    this.#names.add(name)
    try {
      return await work()
    } finally {
      this.#names.delete(name)
    }
  }
}
