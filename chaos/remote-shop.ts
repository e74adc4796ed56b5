import { request } from 'node:http'
import type { ActionAnswer, Order, Shop } from '../src/index.ts'

const ANSWER_BYTES_MAX = 1_000_000

/** What stands in a request in place of the shop's own functions: the method, and all that it is told but the signal. */
export interface ShopCall {
  readonly method: ShopMethod
  readonly telling: Readonly<Record<string, unknown>>
}

export const shopMethods = [
  'markOrderPaid',
  'markPaymentCancelled',
  'markOrderInProgress',
  'saveOrder',
  'reserveStock',
  'releaseStock',
  'deductStock',
  'restock',
  'deleteBasket',
  'sendOrderMail',
  'paymentChanged',
] as const satisfies readonly (keyof Shop)[]

/** `tellWarehouse` is no method of the port: a step of the second version calls it. */
export type ShopMethod = (typeof shopMethods)[number] | 'tellWarehouse'

/** The shop in another process, as the engine of a node sees it. */
export function remoteShop(url: string): Shop {
  const methods = shopMethods.map((method) => [
    method,
    ({ signal, ...telling }: { readonly signal: AbortSignal }) =>
      tell(url, { method, telling }, signal) as Promise<ActionAnswer & void>,
  ])
  return {
    ...(Object.fromEntries(methods) as Omit<Shop, 'loadOrder'>),
    loadOrder: async (orderId, signal) => {
      const found = await ask(url, `/orders/${encodeURIComponent(orderId)}`, undefined, signal)
      return found === null ? undefined : (withAmounts(found) as unknown as Order)
    },
  }
}

export function tell(url: string, call: ShopCall, signal: AbortSignal): Promise<unknown> {
  return ask(url, '/call', JSON.stringify(call, amountsAsText), signal)
}

/** Amounts are bigint, which JSON does not have: both ways they are digits. */
export function amountsAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

export function withAmounts(value: unknown): Record<string, unknown> {
  const read = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(read)
    if (typeof each !== 'object' || each === null) return each
    return Object.fromEntries(
      Object.entries(each).map(([name, part]) => [
        name,
        name.endsWith('Minor') && typeof part === 'string' ? BigInt(part) : read(part),
      ]),
    )
  }
  return read(value) as Record<string, unknown>
}

/** `null` for what is not there. */
function ask(url: string, path: string, body: string | undefined, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { method: body === undefined ? 'GET' : 'POST', signal })
    asked.once('error', reject)
    asked.once('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > ANSWER_BYTES_MAX) response.destroy(new Error('the shop answers too much'))
        else chunks.push(chunk)
      })
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 404) resolve(null)
        else if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`the shop answered ${response.statusCode}: ${text}`))
      })
    })
    asked.end(body)
  })
}
