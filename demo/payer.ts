import { reasonOf } from '../src/errors.ts'
import { cardNumber } from './card-number.ts'
import { Customer, type CustomerOptions, GIVES_UP_AFTER_MS } from './customer.ts'
import type { Page } from './page.ts'
import { type Asking, NoAnswer } from './visitor.ts'
import { eventually } from './waiting.ts'

/** The ways to pay that the shop offers; a card's challenge is of its holder's bank. */
export const ways = ['card', 'card with 3-D Secure', 'card on dispatch', 'next page'] as const
export type Way = (typeof ways)[number]

/** What the payer is shown in the end. */
export type Shown = 'paid' | 'unpaid'

const PAID = /^(Thank you, your payment is complete|This order is paid|This payment was refunded)/
const UNPAID = 'The payment was not successful'
const NOT_PAID_YET = /^(You have not paid yet|Your bank is waiting for you)/
const PAYMENT = /^(.*\/pay\/payments\/[^/?]+)/
const PRESSES_EVERY_MS = 500
/** The page looks again by itself every three seconds; before that the payer does. */
const LOOKS_EVERY_MS_MAX = 3_000
const looksEveryMs = (looks: number): number => Math.min(looks * 250, LOOKS_EVERY_MS_MAX)
const CHALLENGED = '3DS_V2_CHALLENGE_IDENTIFIED'

export interface PayerOptions extends CustomerOptions {
  readonly way: Way
  /** The name on the card, by which the simulated issuer decides. */
  readonly holder: string
  /** Comes back for an order that is unpaid in the end, and pays it. */
  readonly comesBack: boolean
}

/** The same person on the pages where she pays: the shop's, the provider's and her bank's. */
export class Payer extends Customer {
  readonly way: Way
  readonly comesBack: boolean
  /** The page of the payment that she has begun; '' before, and when she never got an answer. */
  paymentUrl = ''
  /** What she was told last. */
  shown: Shown | undefined
  /** When the server was killed under her, in milliseconds of the wall clock. */
  killedAtMs: number | undefined
  /** When what she meets began, where it matters, in milliseconds of the wall clock. */
  struckAtMs: number | undefined
  /** When her waiting page heard how it ended, where it matters, in milliseconds of the wall clock. */
  toldAtMs: number | undefined
  /** What happened to her, in words that a fault's evidence looks for. */
  readonly met = new Set<string>()
  readonly #card: string
  #holder: string
  /** The page with the form that is sent next. */
  #page: Page | undefined
  /** It was sent, and there was no answer. */
  #isUnanswered = false

  constructor({ way, holder, comesBack, ...customer }: PayerOptions) {
    super(customer)
    this.way = way
    this.comesBack = comesBack
    this.#holder = holder
    this.#card = cardNumber(customer.number)
  }

  /** From there to the last page before something is sent to the provider by which money can move. */
  async comeToTheLastPage(): Promise<void> {
    if (this.way === 'card with 3-D Secure') {
      await this.comeToTheBank()
      return this.answerBank('Confirm')
    }
    this.#page = await this.visitor.get(this.payUrl)
    if (this.way !== 'next page') this.#page = await this.visitor.get(this.#page.link(cardLink[this.way]))
  }

  /** The same, up to the question of the bank. */
  async comeToTheBank(): Promise<void> {
    const order = await this.visitor.get(this.payUrl)
    this.#page = await this.visitor.get(order.link(cardLink.card))
    await this.press({}, CHALLENGED)
    const frame = await this.visitor.get(`${this.paymentUrl}/go`)
    this.#page = await this.visitor.send(frame, frame.form('/worldpay/challenge'))
  }

  /** Answers it; what is sent next is the way back to the shop. */
  async answerBank(answer: 'Confirm' | 'Refuse' | 'none'): Promise<void> {
    const bank = this.here
    const value = { Confirm: 'passed', Refuse: 'failed', none: 'none' }[answer]
    this.#page = await this.visitor.send(bank, bank.form('Come back'), { answer: value })
  }

  /**
   * Sends the form of the last page. The same form can be sent more than once: it is the same payment. An answer that is
   * no page of a payment, such as that the shop is resting, leaves it to be sent again.
   */
  async press(asking: Asking = {}, holder = this.#holder): Promise<Page> {
    const page = this.here
    this.#isUnanswered = true
    const form = page.form(this.#button(page))
    const answer = await this.visitor.send(page, form, this.#typed(page, holder), asking)
    return this.#answeredBy(answer)
  }

  /** Sends the card form of another tab. Of two that are sent at once either may be the one that begins a payment. */
  async pressOn(tab: Page): Promise<Page> {
    return this.#answeredBy(await this.visitor.send(tab, tab.form(CARD_FORM), this.#typed(tab, this.#holder)))
  }

  #answeredBy(answer: Page): Page {
    if (PAYMENT.test(answer.url)) this.#isUnanswered = false
    return this.#note(answer)
  }

  #button(page: Page): RegExp {
    if (page.hasForm('/pay/card')) return page.heading === 'Your order' ? NEXT_PAGE_FORM : CARD_FORM
    return page.heading === 'Your bank' ? BACK_FORM : NEXT_PAGE_FORM
  }

  #typed(page: Page, holder: string): Readonly<Record<string, string>> {
    return page.heading.startsWith('Card details') || page.heading.startsWith('Check your card')
      ? this.#cardFields(holder)
      : {}
  }

  #cardFields(holder: string): Readonly<Record<string, string>> {
    const expiryYear = String(new Date().getFullYear() + 3)
    return { number: this.#card, holder, expiryMonth: '12', expiryYear, securityCode: '555' }
  }

  /** Sends it as often as it takes to begin a payment: the server may be gone, or rest, and come back. */
  async pressUntilAnswered(): Promise<void> {
    let last = 'nothing'
    const look = async (): Promise<true | undefined> => {
      const page = await this.#answerTo(() => this.press())
      if (page !== undefined) last = `${page.status} '${page.heading}'`
      return this.#isUnanswered ? undefined : true
    }
    try {
      await eventually('a form begins a payment', GIVES_UP_AFTER_MS, look, PRESSES_EVERY_MS)
    } catch (error) {
      throw new Error(`${reasonOf(error)}; the last answer was ${last}`, { cause: error })
    }
  }

  /** From a begun redirect to the provider's page. */
  async goToProvider(): Promise<Page> {
    const leading = await this.visitor.get(`${this.paymentUrl}/go`)
    this.#page = await this.visitor.get(leading.link('Continue to the payment page'))
    return this.#page
  }

  /** Goes there again and pays, if the page is still open: it may have been paid meanwhile. */
  async #continueThere(): Promise<Page> {
    const leading = await this.visitor.get(`${this.paymentUrl}/go`)
    const there = leading.findLink('Continue to the payment page')
    if (there === undefined) return leading
    this.#page = await this.visitor.get(there)
    return this.#page.hasForm('Name on card') ? this.payThere() : this.#page
  }

  /** Pays there. Answers the page that she comes back to. */
  async payThere(holder = this.#holder, asking: Asking = {}): Promise<Page> {
    const page = this.here
    const fields = {
      action: 'pay',
      method: 'CARD',
      cardNumber: this.#card,
      cardHolderName: holder,
      expiryMonth: '12',
      expiryYear: String(new Date().getFullYear() + 3),
      cvc: '555',
    }
    const back = await this.visitor.send(page, page.form('Name on card'), fields, asking)
    if (new URL(back.url).origin !== this.shopUrl) this.#page = back
    else this.#note(back)
    return back
  }

  async cancelThere(): Promise<Page> {
    const page = this.here
    return this.#note(await this.visitor.send(page, page.form('Cancel and go back'), { action: 'cancel' }))
  }

  /** The page that she looks at. */
  get here(): Page {
    if (this.#page === undefined) throw new Error('she is on no page yet')
    return this.#page
  }

  #note(page: Page): Page {
    const payment = PAYMENT.exec(page.url)?.[1]
    if (payment !== undefined) this.paymentUrl = payment
    this.#see(page)
    return page
  }

  #see({ heading }: Page): Shown | undefined {
    if (PAID.test(heading)) this.shown = 'paid'
    else if (heading === UNPAID) this.shown = 'unpaid'
    return this.shown
  }

  /**
   * Looks at the payment's page until it says how it ended. Who never got an answer sends the form again, and who is
   * told that the provider's page still waits for her goes there and pays.
   */
  async waitForTheEnd({ paysThere = true } = {}): Promise<Shown> {
    if (this.#isUnanswered) await this.pressUntilAnswered()
    this.shown = undefined
    return eventually(
      `payer ${this.number} is told how it ended`,
      GIVES_UP_AFTER_MS,
      async () => {
        const page = await this.#answerTo(() => this.visitor.get(this.paymentUrl))
        if (page === undefined) return undefined
        if (paysThere && this.way === 'next page' && NOT_PAID_YET.test(page.heading)) {
          await this.#answerTo(() => this.#continueThere())
          return undefined
        }
        return this.#see(page)
      },
      looksEveryMs,
    )
  }

  /** Waits as the page that waits does, by its stream of events. True when it has told the end. */
  async hearsTheEnd(): Promise<boolean> {
    const waiting = await this.visitor.get(this.paymentUrl)
    const events = waiting.findAttribute('data-events')
    if (events === undefined) return false
    return this.visitor.listen(new URL(events, waiting.url).href, (text) => text.includes('"finished":true'))
  }

  /** Does not answer the bank, and asks for another way to pay. True when the order is hers to pay again. */
  async wantsAnotherWay(): Promise<boolean> {
    const unpaid = await this.visitor.get(this.paymentUrl)
    const order = await this.visitor.send(unpaid, unpaid.form('Pay another way'))
    return order.heading === 'Your order'
  }

  /** Finds the payment again whose answer never came: by the order's page, in the browser that began it. */
  async findPayment(): Promise<void> {
    this.#isUnanswered = false
    this.paymentUrl = await eventually(
      'the payment is on the page of its order',
      GIVES_UP_AFTER_MS,
      async () => {
        const order = await this.visitor.get(this.payUrl)
        return order.findLink(/^See (how )?your payment/)
      },
    )
  }

  /** Waits until the shop has heard that somebody pays her order. */
  async isUnderWay(): Promise<void> {
    await eventually(
      'the payment is under way',
      GIVES_UP_AFTER_MS,
      async () => {
        const order = await this.visitor.get(this.payUrl)
        return order.heading === 'A payment is under way' ? true : undefined
      },
      20,
    )
  }

  /** Comes back for an order that is unpaid, and pays by card. */
  async tryAgain(): Promise<boolean> {
    const order = await this.visitor.get(this.payUrl)
    if (order.heading !== 'Your order') return false
    this.#page = await this.visitor.get(order.link(cardLink.card))
    this.#holder = 'Jane Doe'
    await this.pressUntilAnswered()
    return true
  }

  /** Undefined when there was no answer. */
  async #answerTo(ask: () => Promise<Page>): Promise<Page | undefined> {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      this.met.add(`connection ${error.how}`)
      return undefined
    }
  }
}

/** Where the order's page leads to the card forms; the way over the next page has a button. */
const cardLink = {
  card: /\/pay\/card$/,
  'card with 3-D Secure': /\/pay\/card$/,
  'card on dispatch': /\/pay\/card-later$/,
} as const
const CARD_FORM = /Card number.*Security code/
const NEXT_PAGE_FORM = /on the next page/
const BACK_FORM = /^Back to the shop/
