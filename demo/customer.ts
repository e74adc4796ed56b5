import { Visitor } from './visitor.ts'
import { eventually } from './waiting.ts'

/** Nobody waits for longer: what has not come by then never comes. */
export const GIVES_UP_AFTER_MS = 180_000

export interface Goods {
  readonly sku: string
  readonly quantity: number
}

export interface CustomerOptions {
  /** From 1; card, address and mail address follow from it. */
  readonly number: number
  readonly shopUrl: string
  readonly goods: Goods
}

/** One person who buys one order: what she does on the shop's own pages. */
export class Customer {
  readonly number: number
  readonly goods: Goods
  readonly email: string
  readonly visitor: Visitor
  readonly shopUrl: string
  orderId = ''
  /** The order's payment page. */
  payUrl = ''

  constructor({ number, shopUrl, goods }: CustomerOptions) {
    this.number = number
    this.shopUrl = shopUrl
    this.goods = goods
    this.email = `payer-${number}@demo.example`
    // 198.18.0.0/15 is for tests of networks: nobody on the internet has these.
    this.visitor = new Visitor(`198.18.${number >> 8}.${number & 255}`)
  }

  /** From the shelf to the order's payment page. */
  async order(): Promise<void> {
    const { visitor, goods } = this
    const product = await visitor.get(`${this.shopUrl}/products/${goods.sku}`)
    const typed = { quantity: String(goods.quantity) }
    await visitor.send(product, product.form('Put into the basket'), typed)
    const checkout = await visitor.get(`${this.shopUrl}/checkout`)
    const placed = await visitor.send(checkout, checkout.form('Order, and go'), { email: this.email })
    if (placed.heading !== 'Your order') throw new Error(`the shop took no order: ${placed.heading}`)
    this.payUrl = placed.url
    const link = decodeURIComponent(new URL(placed.url).pathname.split('/').at(-1) ?? '')
    this.orderId = link.slice(0, link.lastIndexOf('.'))
  }

  /** The shop's page of the order. */
  get #orderUrl(): string {
    return `${this.shopUrl}/orders/${this.orderId}`
  }

  /** Takes the order back. True when nobody can pay it any more. */
  async cancelOrder(): Promise<boolean> {
    const order = await this.visitor.get(this.#orderUrl)
    await this.visitor.send(order, order.form('Cancel this order'))
    return (await this.visitor.get(this.payUrl)).heading === 'This order is closed'
  }

  /** Presses a button as the shop's staff would: the same form as often as is said, at once. */
  async askShop(button: RegExp, times = 1): Promise<void> {
    const order = await eventually('the shop offers it', GIVES_UP_AFTER_MS, async () => {
      const page = await this.visitor.get(this.#orderUrl)
      return page.hasForm(button) ? page : undefined
    })
    const form = order.form(button)
    const pressed = form.buttons.find(({ text }) => button.test(text))
    await Promise.all(Array.from({ length: times }, () => this.visitor.send(order, form, pressed?.fields)))
  }
}
