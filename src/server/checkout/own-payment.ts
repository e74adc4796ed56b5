import type { PaymentView } from '../../engine/api.ts'
import type { Site } from '../site.ts'

/**
 * The payment, if it was this browser that started it. Its key tells (see forms.ts), so a closed window, a restart and
 * another node change nothing; and who only knows the order's link never learns a payment's link.
 */
export async function ownPayment(
  { cf, forms }: Site,
  session: string | undefined,
  orderId: string,
  paymentId: string | undefined,
): Promise<PaymentView | undefined> {
  if (session === undefined || paymentId === undefined) return undefined
  const appends = await cf.history(paymentId)
  const opened = appends.flatMap(({ events }) => events).find((event) => event.type === 'payment-opened')
  if (opened === undefined || !forms.startedBy(session, orderId, opened.key)) return undefined
  return cf.payment(paymentId)
}
