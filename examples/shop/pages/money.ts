import { CounterfoilError } from 'counterfoil'
import type { FastifyInstance } from 'fastify'
import type { ShopContext } from '../context.ts'
import { markCancelled } from '../orders.ts'
import { ownOrder } from '../own-order.ts'
import { notFound, ShopError } from '../shop-error.ts'
import { fieldOf } from './form.ts'

/** What a shop's staff would do, here for everybody: capture, refund, void, cancel the order. */
export function addMoney(app: FastifyInstance, context: ShopContext): void {
  const { payments, database } = context

  app.post<{ Params: { id: string } }>('/orders/:id/money', async (request, reply) => {
    const order = ownOrder(context, request, request.params.id)
    const paymentId = fieldOf(request.body, 'payment')
    const own = await asking(() => payments.list({ orderId: order.id, limit: 20 }))
    if (!own.some(({ id }) => id === paymentId)) throw notFound()
    const asked = { paymentId, key: fieldOf(request.body, 'key') }
    await asking(() => moveMoney(context, fieldOf(request.body, 'do'), asked))
    return reply.redirect(`/orders/${order.id}`, 303)
  })

  app.post<{ Params: { id: string } }>('/orders/:id/cancel', async (request, reply) => {
    const { id } = ownOrder(context, request, request.params.id)
    // Counterfoil first: once it takes no payment for the order, nobody can pay what the shop calls cancelled.
    await asking(() => payments.closeOrder({ orderId: id }))
    markCancelled(database, id)
    return reply.redirect(`/orders/${id}`, 303)
  })
}

async function moveMoney(
  { payments }: ShopContext,
  action: string,
  asked: { readonly paymentId: string; readonly key: string },
): Promise<void> {
  if (action === 'capture') await payments.capture(asked)
  else if (action === 'refund') await payments.refund(asked)
  else if (action === 'void') await payments.void(asked)
  else throw notFound()
}

/** A word of the engine becomes a page that a person can read. */
async function asking<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof CounterfoilError) throw new ShopError(error.status, error.message, error.remedy)
    throw error
  }
}
