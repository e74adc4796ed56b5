import { createHash } from 'node:crypto'
import { failure } from '../../errors.ts'
import type { OrderBook } from '../../shop/order-book.ts'

/** The HTTP API for shops in other languages. */
export interface ApiOptions {
  /** Who may hand orders over. Several for several clients, and while one key replaces another. Goes with `orders`. */
  readonly keys?: readonly ApiKey[]
  /** Where orders are handed over to; the shop's `loadOrder` must read from the same book, as `webhookShop` does. */
  readonly orders?: OrderBook
  /** The people who look after cases and compare reports, each with a key of their own: what they resolve has their name. */
  readonly operators?: readonly OperatorKey[]
}

export interface OperatorKey {
  /** Who it is: stands in the journal with all that they resolve. Two keys of one name are one person. */
  readonly name: string
  /** As of an `ApiKey`. */
  readonly secret: { reveal(): string }
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

/** What a key is for: handing over orders, or resolving cases and comparing reports. Both may read. */
export type Role = 'client' | 'operator'

/** The options, checked once. The keys themselves are not kept: only what they are compared by. */
export interface ApiSettings {
  readonly keys: readonly KnownKey[]
  /** Undefined where no orders are handed over by HTTP. */
  readonly orders: OrderBook | undefined
}

export interface KnownKey {
  /** Of a client or an operator. */
  readonly client: string
  readonly role: Role
  /** SHA-256 of the key. */
  readonly digest: Buffer
}

const KEY_CHARACTERS_MIN = 32
const KEY_CHARACTERS_MAX = 512
const KEYS_MAX = 100

/** @throws CF_CONFIG naming the option and what is allowed. */
export function apiSettingsFrom({ keys, orders, operators }: ApiOptions): ApiSettings {
  // Without operators nothing is left of the API but orders.
  if (keys !== undefined || operators === undefined) checkList('keys', keys)
  if (operators !== undefined) checkList('operators', operators)
  const takesOrders = keys !== undefined
  if (takesOrders && (typeof orders?.book !== 'function' || typeof orders.find !== 'function')) {
    throw wrong('orders', 'must be an order book, such as sqliteOrderBook(path)')
  }
  const ofClients = (keys ?? []).map(({ client, secret }, index) =>
    knownKey('client', client, secret, `keys[${index}]`, 'client'),
  )
  const ofOperators = (operators ?? []).map(({ name, secret }, index) =>
    knownKey('operator', name, secret, `operators[${index}]`, 'name'),
  )
  const known = [...ofClients, ...ofOperators]
  const digests = new Set(known.map(({ digest }) => digest.toString('hex')))
  if (digests.size < known.length) throw wrong('keys', 'must not name the same secret twice')
  const both = ofOperators.find(({ client }) => ofClients.some((other) => other.client === client))
  if (both !== undefined) throw wrong('operators', `must not have the name of a client: '${both.client}'`)
  return { keys: known, orders: takesOrders ? orders : undefined }
}

function checkList(name: string, list: unknown): void {
  if (Array.isArray(list) && list.length > 0 && list.length <= KEYS_MAX) return
  throw wrong(name, `must list 1 to ${KEYS_MAX} keys`)
}

/** Who the engine itself is in the history of a case. */
const OWN_NAME = 'counterfoil'

function knownKey(
  role: Role,
  client: string,
  secret: ApiKey['secret'],
  where: string,
  field: string,
): KnownKey {
  if (typeof client !== 'string' || !/^[a-z][a-z0-9-]{0,63}$/.test(client) || client === OWN_NAME) {
    const example = role === 'client' ? 'web-shop' : 'ann'
    throw wrong(`${where}.${field}`, `must be a name of 1 to 64 of [a-z0-9-], such as '${example}'`)
  }
  const text = typeof secret?.reveal === 'function' ? secret.reveal() : ''
  const fits = text.length >= KEY_CHARACTERS_MIN && text.length <= KEY_CHARACTERS_MAX
  if (!fits || !/^[A-Za-z0-9._~+/=-]+$/.test(text)) {
    throw wrong(
      `${where}.secret`,
      `must be secret(...) of ${KEY_CHARACTERS_MIN} to ${KEY_CHARACTERS_MAX} characters of [A-Za-z0-9._~+/=-]: openssl rand -hex 32 makes one`,
    )
  }
  return { client, role, digest: digestOf(text) }
}

/** Keys are compared by this, so that neither their length nor their beginning shows in the time that it takes. */
export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function wrong(name: string, rule: string): Error {
  return failure('CF_CONFIG', `http(cf, { api }): api.${name} ${rule}`)
}
