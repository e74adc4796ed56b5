import { payments } from '../../lib/counterfoil.ts'

export async function POST(): Promise<Response> {
  const { shop, pages } = await payments()
  return Response.redirect(pages.checkoutUrl(shop.placeOrder()), 303)
}
