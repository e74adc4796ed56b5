import type { PaymentView } from '../../engine/api.ts'
import { memoryOrderBook } from '../../shop/order-book/memory.ts'
import type { OrderBook } from '../../shop/order-book.ts'
import { type Stage, stage, type StageOptions } from '../fake-counterfoil.test.ts'
import type { ApiKey } from './options.ts'

export const KEY = 'a-key-of-thirty-two-characters-or-more'
export const OTHER_KEY = 'the-key-of-another-client-of-this-server'

const sealed = (text: string): ApiKey['secret'] => ({ reveal: () => text })

export const tea = {
  id: 'A-1001',
  amountMinor: 4250,
  currency: 'GBP',
  description: 'Tea for two',
  lines: [
    { sku: 'tea', name: 'Darjeeling', quantity: 2, amountMinor: 4500 },
    { sku: 'off', name: 'Discount', quantity: 1, amountMinor: -250 },
  ],
  payer: {
    email: 'jane@example.com',
    name: 'Jané Doe',
    billingAddress: { line1: '1 High Street', city: 'Leeds', postalCode: 'LS1 1AA', countryCode: 'GB' },
  },
}

export interface ApiStage extends Stage {
  readonly book: OrderBook
  /** Hands an order over, with a new key unless told otherwise. */
  handOver(order: unknown, headers?: Readonly<Record<string, string | undefined>>): Promise<ApiAnswer>
  get(path: string, headers?: Readonly<Record<string, string | undefined>>): Promise<ApiAnswer>
  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string | undefined>>,
    body?: BodyInit,
  ): Promise<ApiAnswer>
}

type BodyInit = string | Uint8Array<ArrayBuffer>

export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly json: any
}

let keys = 0
export const newKey = (): string => `key-number-${keys++}`

/** The API on a real port of this machine, beside the pages, with an engine that is played. */
export async function apiStage(
  options: StageOptions & { readonly book?: OrderBook } = {},
): Promise<ApiStage> {
  const { book = memoryOrderBook(), ...others } = options
  await book.open()
  const stand = await stage({
    api: {
      orders: book,
      keys: [
        { client: 'web-shop', secret: sealed(KEY) },
        { client: 'other-shop', secret: sealed(OTHER_KEY) },
      ],
    },
    ...others,
  })
  const list = async ({ orderId }: { orderId?: string }): Promise<readonly PaymentView[]> =>
    [...stand.cf.payments.values()].filter((view) => view.orderId === orderId).toReversed()
  Object.assign(stand.cf, { list, unreadable: async () => [] })
  const send: ApiStage['send'] = async (method, path, headers, body) => {
    const given = { authorization: `Bearer ${KEY}`, ...headers }
    const sent = Object.entries(given).filter((header): header is [string, string] => header[1] !== undefined)
    const response = await fetch(stand.url + path, {
      method,
      headers: sent,
      redirect: 'manual',
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: text,
      json: isJson && text !== '' ? JSON.parse(text) : undefined,
    }
  }
  return {
    ...stand,
    book,
    [Symbol.asyncDispose]: async () => {
      await stand[Symbol.asyncDispose]()
      await book.close()
    },
    send,
    get: (path, headers = {}) => send('GET', path, headers),
    handOver: (order, headers = {}) =>
      send(
        'POST',
        '/v1/orders',
        { 'content-type': 'application/json', 'idempotency-key': newKey(), ...headers },
        typeof order === 'string' ? order : JSON.stringify(order),
      ),
  }
}
