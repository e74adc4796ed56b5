import { failure, reasonOf } from '../../errors.ts'
import type { OrderBook } from '../order-book.ts'
import type { Shop, Telling } from '../shop.ts'
import { checkedLookup, type Resolve, systemResolve } from './checked-lookup.ts'
import { messageOf, type WebhookType } from './messages.ts'
import { post } from './post.ts'
import { type SealedText, signWith } from './signature.ts'
import { targetFrom } from './target.ts'
import { Turns } from './turns.ts'

export type { Resolve, ResolvedAddress } from './checked-lookup.ts'
export { type WebhookMessage, type WebhookType, webhookTypes } from './messages.ts'
export type { SealedText } from './signature.ts'

export interface WebhookShopOptions {
  /** Where `loadOrder` reads: the same book that the HTTP API writes to. It is opened and closed by its owner. */
  readonly orders: Pick<OrderBook, 'find'>
  /** Where the shop takes its webhooks: https, a public address, no user name in it. */
  readonly url: string
  /**
   * Signs each webhook: `whsec_` and the base64 of 24 to 64 random bytes, as `secret('whsec_...')`. Up to three while
   * one replaces another: then each webhook carries a signature by each of them.
   */
  readonly secrets: readonly SealedText[]
  /** Certificates to trust beside the usual ones, in PEM. Verification cannot be turned off. */
  readonly ca?: string | readonly string[]
  /** For tests on one machine only: allows this machine's own addresses (127.0.0.0/8 and ::1), also without TLS. */
  readonly allowLoopback?: boolean
  /** The wall clock of `webhook-timestamp`. Default: the system's. */
  readonly nowMs?: () => number
  /** How names are looked up. Default: as the system does. Replace it in tests only. */
  readonly resolve?: Resolve
}

/** A shop that takes longer is told again. The engine's own deadline for an effect is the same. */
const ANSWER_WITHIN_MS = 10_000
/** Webhooks on their way at once: a shop of a few processes must be able to follow. */
const DELIVERIES_AT_ONCE_MAX = 16
/** A key of the engine: identifiers and names of steps. A full stop would make the signed text ambiguous. */
const WEBHOOK_ID = /^[A-Za-z0-9:_-]{1,200}$/

/**
 * The shop of a program in another language: orders come from the book, and what became of them goes out as signed
 * webhooks. The engine repeats what was not answered with 2xx, with growing pauses for three days, then it is a case.
 *
 * It has no deleteBasket and no sendOrderMail: use the pipelines of `webhookPipelines`, or take those steps out.
 *
 * @throws CF_CONFIG naming the option and what is allowed.
 * @example
 * const shop = webhookShop({ orders, url: 'https://shop.example/webhooks', secrets: [secret(process.env.WEBHOOK_SECRET)] })
 * const card = internalModule('card', { gateway, pipelines: webhookPipelines })
 */
export function webhookShop(options: WebhookShopOptions): Shop {
  const { orders, nowMs = Date.now, resolve = systemResolve, ca = [] } = options
  if (typeof orders?.find !== 'function') {
    throw failure('CF_CONFIG', 'webhookShop({ orders }): orders must be an order book')
  }
  const { url, reach } = targetFrom(options.url, options.allowLoopback ?? false)
  const sign = signWith(options.secrets)
  const lookup = checkedLookup(resolve, reach)
  const turns = new Turns(DELIVERIES_AT_ONCE_MAX)
  const trusted = typeof ca === 'string' ? [ca] : ca

  const deliver = async (type: WebhookType, telling: Telling): Promise<void> => {
    if (!WEBHOOK_ID.test(telling.key)) throw failure('CF_WEBHOOK_UNDELIVERED', 'the key can be no webhook-id')
    const body = JSON.stringify(messageOf(type, telling))
    const signal = AbortSignal.any([telling.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
    const status = await turns
      .take(signal, () => {
        const headers = {
          ...sign(telling.key, Math.floor(nowMs() / 1_000), body),
          'content-type': 'application/json',
          'user-agent': 'Counterfoil-Webhooks/1',
        }
        return post({ url, reach, lookup, headers, body, ca: trusted, signal })
      })
      .catch((error: unknown) => {
        throw failure('CF_WEBHOOK_UNDELIVERED', `${url.host}: ${causeOf(error)}`, {}, error)
      })
    if (status >= 200 && status < 300) return
    throw failure('CF_WEBHOOK_UNDELIVERED', `${url.host} answered ${status}${meaningOf(status)}`)
  }

  return {
    loadOrder: async (orderId, signal) => (await orders.find(orderId, signal))?.order,
    markOrderPaid: (telling) => deliver('payment.paid', telling),
    markPaymentCancelled: (telling) => deliver('payment.cancelled', telling),
    markOrderInProgress: (telling) => deliver('payment.in-progress', telling),
    paymentChanged: (change) => deliver('payment.changed', change),
  }
}

function meaningOf(status: number): string {
  if (status >= 300 && status < 400) return ', and redirects are not followed'
  // It may be a mistake of a moment, and a payment that nobody hears of is worse than a few calls in vain.
  if (status === 410) return ', gone: take the address out of the configuration when that is so'
  return ''
}

function causeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && code !== '' ? `${code}: ${reasonOf(error)}` : reasonOf(error)
}
