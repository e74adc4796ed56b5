import { createHash } from 'node:crypto'
import { failure } from '../../errors.ts'
import type { OrderBook } from '../../shop/order-book.ts'

/** The HTTP API for shops in other languages. */
export interface ApiOptions {
  /** Who may call. Several for several clients, and while one key replaces another. */
  readonly keys: readonly ApiKey[]
  /** Where orders are handed over to; the shop's `loadOrder` must read from the same book, as `webhookShop` does. */
  readonly orders: OrderBook
}

export interface ApiKey {
  /**
   * Names the client in log lines; no secret. Idempotency keys belong to a client, so the key that replaces another
   * has the same name.
   */
  readonly client: string
  /** What stands behind `Authorization: Bearer`: 32 to 512 characters of [A-Za-z0-9._~+/=-]. */
  readonly secret: { reveal(): string }
}

/** The options, checked once. The keys themselves are not kept: only what they are compared by. */
export interface ApiSettings {
  readonly keys: readonly KnownKey[]
  readonly orders: OrderBook
}

export interface KnownKey {
  readonly client: string
  /** SHA-256 of the key. */
  readonly digest: Buffer
}

const KEY_CHARACTERS_MIN = 32
const KEY_CHARACTERS_MAX = 512
const KEYS_MAX = 100

/** @throws CF_CONFIG naming the option and what is allowed. */
export function apiSettingsFrom({ keys, orders }: ApiOptions): ApiSettings {
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > KEYS_MAX) {
    throw wrong('keys', `must list 1 to ${KEYS_MAX} keys`)
  }
  if (typeof orders?.book !== 'function' || typeof orders.find !== 'function') {
    throw wrong('orders', 'must be an order book, such as sqliteOrderBook(path)')
  }
  const known = keys.map((key: ApiKey, index) => knownKey(key, index))
  const digests = new Set(known.map(({ digest }) => digest.toString('hex')))
  if (digests.size < known.length) throw wrong('keys', 'must not name the same secret twice')
  return { keys: known, orders }
}

function knownKey({ client, secret }: ApiKey, index: number): KnownKey {
  const where = `keys[${index}]`
  if (typeof client !== 'string' || !/^[a-z][a-z0-9-]{0,63}$/.test(client)) {
    throw wrong(`${where}.client`, "must be a name of 1 to 64 of [a-z0-9-], such as 'web-shop'")
  }
  const text = typeof secret?.reveal === 'function' ? secret.reveal() : ''
  const fits = text.length >= KEY_CHARACTERS_MIN && text.length <= KEY_CHARACTERS_MAX
  if (!fits || !/^[A-Za-z0-9._~+/=-]+$/.test(text)) {
    throw wrong(
      `${where}.secret`,
      `must be secret(...) of ${KEY_CHARACTERS_MIN} to ${KEY_CHARACTERS_MAX} characters of [A-Za-z0-9._~+/=-]: openssl rand -hex 32 makes one`,
    )
  }
  return { client, digest: digestOf(text) }
}

/** Keys are compared by this, so that neither their length nor their beginning shows in the time that it takes. */
export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function wrong(name: string, rule: string): Error {
  return failure('CF_CONFIG', `http(cf, { api }): api.${name} ${rule}`)
}
