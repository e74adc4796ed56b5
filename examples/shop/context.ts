import type { Counterfoil } from 'counterfoil'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { basketCount } from './baskets.ts'
import type { ShopDatabase } from './database.ts'
import type { MailSink } from './mail-sink.ts'
import type { Page } from './pages/layout.ts'
import { layout } from './pages/layout.ts'
import type { SimulatorLink } from './simulator-link.ts'

/** What the shop asks of Counterfoil beside the payment pages. */
export type Payments = Pick<
  Counterfoil,
  'list' | 'history' | 'order' | 'capture' | 'refund' | 'void' | 'closeOrder'
>

/** Everything that the shop's pages are made of. */
export interface ShopContext {
  readonly database: ShopDatabase
  readonly payments: Payments
  /** The payment page of an order. */
  readonly checkoutUrl: (orderId: string) => string
  readonly simulator: SimulatorLink
  readonly sink: Pick<MailSink, 'mails'>
  /** Scheme, host and port, without a slash at the end. */
  readonly shopUrl: string
  /** Seals the browser's cookie and its forms. */
  readonly secret: string
}

/** Sends a page with the basket's number in its head. */
export function sendPage(
  { database }: Pick<ShopContext, 'database'>,
  request: FastifyRequest,
  reply: FastifyReply,
  page: Omit<Page, 'basketCount'> & { readonly status?: number },
): FastifyReply {
  return reply
    .code(page.status ?? 200)
    .type('text/html; charset=utf-8')
    .send(layout({ ...page, basketCount: basketCount(database, request.visitor) }))
}
