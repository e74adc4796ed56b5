import type { Counterfoil } from 'counterfoil'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { basketCount } from './baskets.ts'
import { type Breaking, brokenNow } from './breaking/breaking.ts'
import type { ShopDatabase } from './database.ts'
import type { MailSink } from './mail-sink.ts'
import type { Page } from './pages/layout.ts'
import { layout } from './pages/layout.ts'
import { policyFor } from './security-policy.ts'
import type { SimulatorLink } from './simulator-link.ts'

/** What the shop asks of Counterfoil beside the payment pages. */
export type Payments = Pick<
  Counterfoil,
  'list' | 'unreadable' | 'history' | 'order' | 'capture' | 'refund' | 'void' | 'closeOrder'
>

/** Everything that the shop's pages are made of. */
export interface ShopContext {
  readonly database: ShopDatabase
  readonly payments: Payments
  /** The payment page of an order. */
  readonly checkoutUrl: (orderId: string) => string
  readonly simulator: SimulatorLink
  readonly sink: Pick<MailSink, 'mails'>
  /** What can be broken on purpose; undefined where nothing may be. */
  readonly breaking: Breaking | undefined
  /** Scheme, host and port, without a slash at the end. */
  readonly shopUrl: string
  /** Seals the browser's cookie and its forms. */
  readonly secret: string
}

interface PageToSend extends Omit<Page, 'basketCount' | 'broken'> {
  readonly status?: number
}

/** Sends a page with the basket's number in its head, and above it what is broken on purpose. */
export function sendPage(
  context: ShopContext,
  request: FastifyRequest,
  reply: FastifyReply,
  page: PageToSend,
): FastifyReply {
  return send(context, reply, page, basketCount(context.database, request.visitor))
}

/** The same for pages that must come also while the database is away: they say nothing of the basket. */
export function sendPageWithoutShop(
  context: ShopContext,
  reply: FastifyReply,
  page: PageToSend,
): FastifyReply {
  return send(context, reply, page, undefined)
}

function send(
  { breaking }: ShopContext,
  reply: FastifyReply,
  { status = 200, ...page }: PageToSend,
  basketCount: number | undefined,
): FastifyReply {
  if (page.live !== undefined) reply.header('content-security-policy', policyFor({ scripts: true }))
  const broken = breaking === undefined ? undefined : brokenNow(breaking)
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(layout({ ...page, basketCount, broken }))
}
