import type { PaymentView } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import type { Site } from '../site.ts'

/** @throws CF_LINK_INVALID for a wrong token as for an unknown payment. */
export async function paymentByLink({ cf }: Site, link: string): Promise<PaymentView> {
  const view = await cf.paymentByLink(link)
  if (view === undefined) throw failure('CF_LINK_INVALID', 'the link of a payment is unknown')
  return view
}
