import type { FastifyRequest } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import type { Site } from '../site.ts'
import { ownPayment } from './own-payment.ts'

/**
 * Whether the order's payer may be offered a way to pay: it is open, or held by a payment that this payer has left on
 * the provider's page, and its module lets another begin. The engine decides again when the form is sent.
 */
export async function mayBegin(site: Site, request: FastifyRequest, orderId: string): Promise<boolean> {
  const record = await site.cf.order(orderId)
  if (record.state !== 'held') return record.state === 'open'
  const own = await ownPayment(site, site.sessions.read(request), orderId, record.paymentId)
  return own !== undefined && mayBeLeft(site, own)
}

/** The payer has something to do at the provider, and may begin another payment instead (design 5.6, `switch`). */
export function mayBeLeft({ cf }: Site, { payerTask, module }: PaymentView): boolean {
  if (payerTask === undefined) return false
  return cf.modules.find(({ name }) => name === module)?.onChangeOfMind === 'switch'
}
