import type { FastifyInstance } from 'fastify'
import { failure } from '../../errors.ts'
import type { Booking, BookingVerdict, KeptAnswer, OrderBook } from '../../shop/order-book.ts'
import type { Site } from '../site.ts'
import { orderAnswer, orderState, paymentAnswer } from './answers.ts'
import { clientOf } from './authentication.ts'
import { fingerprintOf, idempotencyKeyOf, KeysInProgress } from './idempotency.ts'
import { orderFrom } from './order-from.ts'
import { ORDER_ID, Order, OrderRequest, OrderWithPayments } from './schemas.ts'
import { getOrderText, idempotencyHeaders, postOrderText, problems } from './texts.ts'

const HOUR_MS = 3_600_000
/** Payments that are shown with an order. */
const PAYMENTS_MAX = 100

export function registerOrders(scope: FastifyInstance, site: Site, orders: OrderBook): void {
  const { cf, links, settings } = site
  const inProgress = new KeysInProgress()

  scope.post<{ Body: OrderRequest }>(
    '/orders',
    {
      bodyLimit: settings.limits.apiBodyBytesMax,
      schema: {
        ...postOrderText,
        headers: idempotencyHeaders,
        body: OrderRequest,
        response: {
          200: { ...Order, description: 'The order stood here already, with the same content.' },
          201: { ...Order, description: 'The order stands in the book.' },
          ...problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const client = clientOf(request)
      const key = idempotencyKeyOf(request)
      const order = orderFrom(request.body)
      const body = JSON.stringify(orderAnswer(order, links.checkoutUrl(order.id)))
      const nowMs = settings.nowMs()
      const booking: Booking = {
        order,
        client,
        key,
        fingerprint: fingerprintOf('POST /v1/orders', orderAnswer(order, '')),
        answers: { booked: { status: 201, body }, same: { status: 200, body } },
        nowMs,
        keyExpiresAtMs: nowMs + settings.limits.apiKeysKeptHours * HOUR_MS,
      }
      const verdict = await inProgress.during(client, key, () => orders.book(booking))
      const answer = answerOf(verdict, order.id)
      if (answer.status === 201) reply.header('location', `${settings.base}/v1/orders/${order.id}`)
      if (verdict.kind === 'answered') reply.header('idempotent-replayed', 'true')
      return reply.code(answer.status).type('application/json').send(Buffer.from(answer.body))
    },
  )

  scope.get<{ Params: { id: string } }>(
    '/orders/:id',
    {
      schema: {
        ...getOrderText,
        response: {
          200: { ...OrderWithPayments, description: 'The order as it stands.' },
          ...problems(401, 404, 429, 503),
        },
      },
    },
    async ({ params: { id } }) => {
      const booked = new RegExp(ORDER_ID).test(id) ? await orders.find(id) : undefined
      if (booked === undefined) throw failure('CF_ORDER_UNKNOWN', 'no order with this id was handed over')
      const record = await cf.order(id)
      const query = { orderId: id, limit: PAYMENTS_MAX }
      const [payments, unreadable] = await Promise.all([cf.list(query), cf.unreadable(query)])
      return {
        ...orderAnswer(booked.order, links.checkoutUrl(id)),
        state: orderState(record, payments),
        payments: payments.map(paymentAnswer),
        ...(unreadable.length > 0 && { unreadable: [...unreadable] }),
      }
    },
  )
}

/** @throws CF_KEY_REUSED, CF_ORDER_DIFFERS */
function answerOf(verdict: BookingVerdict, orderId: string): KeptAnswer {
  switch (verdict.kind) {
    case 'booked':
    case 'same':
    case 'answered':
      return verdict.answer
    case 'key-reused':
      throw failure('CF_KEY_REUSED', 'this Idempotency-Key came with another body before')
    case 'differs':
      throw failure('CF_ORDER_DIFFERS', `the order ${orderId} was handed over with other content before`)
    default:
      return verdict satisfies never
  }
}
