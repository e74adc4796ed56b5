import { setTimeout as sleep } from 'node:timers/promises'
import { cardNumber } from '../demo/card-number.ts'
import type { Page } from '../demo/page.ts'
import { NoAnswer, Visitor } from '../demo/visitor.ts'
import type { Random } from '../test/simulation/random.ts'
import { Staff, type StaffOptions } from './staff.ts'

/** The three digits of every card here. */
export const SECURITY_CODE = '739'
const LOOKS_EVERY_MS = 400
/** Somebody who was told nothing by then goes away. */
const PATIENCE_MS = 30_000
/** The same once nothing is broken any more and no order is made. */
const PATIENCE_AT_THE_END_MS = 8_000
const TRIES_MAX = 3
const PATH_MAX = 50
/** All of these begin with the same ten digits, by which they are searched for. */
const CARDS = 100_000
const SKUS = ['counterfoil-book', 'iron-gall-ink', 'stamps', 'paper-clips', 'sealing-wax', 'ledger']
const QUANTITY_MAX = 3

export type Way = 'card' | 'card-express' | 'card-later' | 'next page' | 'card with 3-D Secure'
const WAYS: readonly Way[] = [
  'card',
  'card',
  'card-express',
  'card-later',
  'next page',
  'card with 3-D Secure',
]
const CHALLENGED = '3DS_V2_CHALLENGE_IDENTIFIED'
const REFUSED = 'REFUSED'

const PAID = /^(Thank you, your payment is complete|This order is paid|This payment was refunded)/
const UNPAID = /^(The payment was not successful|This order is closed)/
const PAYMENT = /^(.*\/pay\/payments\/[^/?]+)/

export interface PersonOptions extends StaffOptions {
  readonly number: number
  readonly random: Random
  /** Aborted when everybody goes home. */
  readonly closing: AbortSignal
}

/**
 * Somebody who buys one order and does on each page what that page asks for, whatever came before: pages that do not come,
 * errors, forms that are sent again. Some refuse, cancel, change their mind, click twice, leave; then the staff of the
 * shop capture, refund or cancel.
 */
export class Person {
  orderId = ''
  /** The pages that she saw, by their headings. */
  readonly path: string[] = []
  /** What she was told last. */
  shown: 'paid' | 'unpaid' | undefined
  readonly fromMs = Date.now()
  untilMs = Infinity
  way: Way
  readonly #options: PersonOptions
  readonly #visitor: Visitor
  readonly #staff: Staff
  readonly #random: Random
  #payUrl = ''
  #paymentUrl = ''
  #tries = 0

  constructor(options: PersonOptions) {
    const { number, random } = options
    this.#options = options
    this.#random = random
    this.#staff = new Staff(options)
    this.way = random.pick(WAYS)
    // 198.18.0.0/15 is for tests of networks: nobody on the internet has these.
    this.#visitor = new Visitor(`198.${18 + ((number >> 16) & 1)}.${(number >> 8) & 255}.${number & 255}`)
  }

  async buy(): Promise<void> {
    try {
      await this.#order()
      if (this.#payUrl !== '') await this.#pay()
    } finally {
      this.untilMs = Date.now()
    }
  }

  get #card(): string {
    return cardNumber(this.#options.number % CARDS)
  }

  get email(): string {
    return `payer-${this.#options.number}@chaos.example`
  }

  async #order(): Promise<void> {
    this.orderId = await this.#staff.take({
      formKey: `form-${this.#options.number}`,
      email: this.email,
      sku: this.#random.pick(SKUS),
      quantity: this.#random.between(1, QUANTITY_MAX),
    })
    this.#payUrl = (await this.#staff.checkoutUrl(this.orderId)) ?? ''
  }

  /** From page to page, until one says how it ended. */
  async #pay(): Promise<void> {
    const { closing } = this.#options
    let untilMs = performance.now() + PATIENCE_MS
    const hurry = (): void => void (untilMs = Math.min(untilMs, performance.now() + PATIENCE_AT_THE_END_MS))
    closing.addEventListener('abort', hurry, { once: true })
    let page: Page | undefined
    while (performance.now() < untilMs) {
      if (page === undefined)
        page = await this.#get(this.#paymentUrl === '' ? this.#payUrl : this.#paymentUrl)
      if (page === undefined) {
        await sleep(LOOKS_EVERY_MS)
        continue
      }
      const told = this.#see(page)
      if (told === 'paid') return this.#afterwards()
      if (told === 'unpaid') {
        if (closing.aborted || ++this.#tries >= TRIES_MAX || page.heading.startsWith('This order')) return
        // She pays again: what she was told of the last try is not the last word.
        this.shown = undefined
        this.#paymentUrl = ''
        page = undefined
        continue
      }
      page = await this.#goOn(page)
    }
  }

  #see({ url, heading }: Page): 'paid' | 'unpaid' | undefined {
    if (this.path.at(-1) !== heading && this.path.length < PATH_MAX) this.path.push(heading)
    const payment = PAYMENT.exec(url)?.[1]
    if (payment !== undefined) this.#paymentUrl = payment
    const told = PAID.test(heading) ? 'paid' : UNPAID.test(heading) ? 'unpaid' : undefined
    if (told !== undefined) this.shown = told
    return told
  }

  /** Does what the page asks for, and answers the next page; undefined when there is none yet. */
  async #goOn(page: Page): Promise<Page | undefined> {
    switch (page.heading) {
      case 'Your order':
        return this.#choose(page)
      case 'Card details':
        return this.#typeCard(page)
      case 'Your bank wants to know that it is you':
        return this.#get(`${this.#paymentUrl}/go`)
      case 'You are going to the payment page': {
        const there = page.findLink('Continue to the payment page')
        if (there === undefined) await sleep(LOOKS_EVERY_MS)
        return there === undefined ? undefined : this.#get(there)
      }
      case 'You have not paid yet':
      case 'Your bank is waiting for you':
      case 'This order is held for your payment':
        return this.#comeBack(page)
      case 'A payment is under way': {
        const own = page.findLink(/^See (how )?your payment/)
        if (own === undefined) await sleep(LOOKS_EVERY_MS)
        return own === undefined ? undefined : this.#get(own)
      }
      default:
        return this.#elsewhere(page)
    }
  }

  /** On the pages of the provider and of the bank, and on those that only say to wait. */
  async #elsewhere(page: Page): Promise<Page | undefined> {
    if (page.hasForm('/worldpay/challenge')) return this.#send(page, page.form('/worldpay/challenge'))
    if (page.hasForm('Come back')) {
      const answer = this.#random.chance(0.15) ? 'failed' : 'passed'
      return this.#send(page, page.form('Come back'), { answer })
    }
    if (page.hasForm(/^Back to the shop/)) return this.#send(page, page.form(/^Back to the shop/))
    if (page.hasForm('Name on card')) return this.#payThere(page)
    if (page.hasForm(/^Continue$/)) return this.#send(page, page.form(/^Continue$/))
    const onward = page.findLink(/^Continue$/)
    if (onward !== undefined) return this.#get(onward)
    await sleep(LOOKS_EVERY_MS)
    // An error page of a form leads nowhere by itself: the order's page knows.
    if (!PAYMENT.test(page.url)) return this.#get(this.#payUrl)
    return undefined
  }

  async #choose(page: Page): Promise<Page | undefined> {
    if (this.way === 'next page') {
      const form = /on the next page/
      return page.hasForm(form) ? this.#send(page, page.form(form)) : undefined
    }
    const wanted = this.way === 'card with 3-D Secure' ? 'card' : this.way
    // The other release has fewer ways.
    const link = page.findLink(new RegExp(`/pay/${wanted}$`)) ?? page.findLink(/\/pay\/card$/)
    return link === undefined ? undefined : this.#get(link)
  }

  async #typeCard(page: Page): Promise<Page | undefined> {
    const form = page.form(/Card number.*Security code/)
    const challenged = this.way === 'card with 3-D Secure'
    const holder = this.#random.chance(0.1) ? REFUSED : challenged ? CHALLENGED : 'Jane Doe'
    const typed = {
      number: this.#card,
      holder,
      expiryMonth: '12',
      expiryYear: String(new Date().getFullYear() + 3),
      securityCode: SECURITY_CODE,
    }
    const twice = this.#random.chance(0.1)
    const closes = this.#random.chance(0.04)
    const [answer] = await Promise.all([
      this.#send(page, form, typed),
      twice ? this.#send(page, form, typed) : undefined,
      closes ? this.#staff.close(this.orderId) : undefined,
    ])
    if (answer !== undefined) return answer
    // Who got no answer presses again: the form is the same, and so is the payment.
    await sleep(LOOKS_EVERY_MS)
    return this.#random.chance(0.7) ? this.#send(page, form, typed) : undefined
  }

  async #payThere(page: Page): Promise<Page | undefined> {
    if (this.#random.chance(0.1)) {
      return this.#send(page, page.form('Cancel and go back'), { action: 'cancel' })
    }
    const fields = {
      action: 'pay',
      method: 'CARD',
      cardNumber: this.#card,
      cardHolderName: this.#random.chance(0.1) ? REFUSED : 'Jane Doe',
      expiryMonth: '12',
      expiryYear: String(new Date().getFullYear() + 3),
      cvc: SECURITY_CODE,
    }
    return this.#send(page, page.form('Name on card'), fields)
  }

  /** She is back unpaid: goes there again, or wants another way to pay. */
  async #comeBack(page: Page): Promise<Page | undefined> {
    const changesMind = this.#random.chance(0.2) && page.hasForm('Pay another way')
    if (changesMind) {
      this.way = 'card'
      return this.#send(page, page.form('Pay another way'))
    }
    if (this.#random.chance(0.5)) {
      await sleep(LOOKS_EVERY_MS)
      return undefined
    }
    return this.#get(`${this.#paymentUrl}/go`)
  }

  /** What the shop's staff do with a paid order. */
  async #afterwards(): Promise<void> {
    const { orderId } = this
    if (this.way === 'card-later' && this.#random.chance(0.8)) await this.#staff.capture(orderId)
    if (!this.#random.chance(0.2)) return
    const twice = this.#random.chance(0.3)
    await Promise.all([this.#staff.refund(orderId), twice ? this.#staff.refund(orderId) : undefined])
  }

  #get(url: string): Promise<Page | undefined> {
    return answered(() => this.#visitor.get(url))
  }

  #send(
    page: Page,
    form: ReturnType<Page['form']>,
    typed: Readonly<Record<string, string>> = {},
  ): Promise<Page | undefined> {
    return answered(() => this.#visitor.send(page, form, typed))
  }
}

/** Undefined when there was no answer: what a browser shows as "this site cannot be reached". */
async function answered(ask: () => Promise<Page>): Promise<Page | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return undefined
  }
}
