import type { FastifyRequest } from 'fastify'
import type { ShopContext } from './context.ts'
import { orderById, type ShopOrder } from './orders.ts'
import { notFound } from './shop-error.ts'

/** An order of this browser; somebody else's is not there. */
export function ownOrder(
  { database }: Pick<ShopContext, 'database'>,
  request: Pick<FastifyRequest, 'visitor'>,
  id: string,
): ShopOrder {
  const order = orderById(database, id)
  if (order === undefined || order.visitor !== request.visitor) throw notFound()
  return order
}
