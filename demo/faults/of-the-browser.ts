import { firstCharge, type OrderBooks, saw } from '../evidence.ts'
import type { Act, Fault } from '../fault.ts'
import type { Payer } from '../payer.ts'
import { playOneAfterAnother, playTogether } from '../play.ts'
import { NoAnswer } from '../visitor.ts'

const onOurPage = ['card', 'card on dispatch'] as const
/** The provider answers later than the payer closes the window. */
const LATE_MS = 700
const CLOSES_AFTER_MS = 100

const onePayment = ({ payments }: OrderBooks): boolean => payments.length === 1

const doubleClick: Fault = {
  name: 'double click',
  ways: [...onOurPage, 'card with 3-D Secure', 'next page'],
  meet: async (payer) => {
    await Promise.all([payer.press(), payer.press()])
    payer.met.add('two clicks were answered')
  },
  evidence: (books) => saw(books, 'two clicks were answered') && onePayment(books),
}

const twoTabs: Fault = {
  name: 'two tabs',
  ways: onOurPage,
  meet: async (payer) => {
    const first = payer.here
    const second = await payer.visitor.get(first.url)
    if (second.form(/Card number/).fields['key'] === first.form(/Card number/).fields['key']) return
    const [one, other] = await Promise.all([payer.press(), payer.pressOn(second)])
    if (one.url !== other.url) payer.met.add('the other tab was turned away')
  },
  evidence: (books) => saw(books, 'the other tab was turned away') && onePayment(books),
}

const backButton: Fault = {
  name: 'back button',
  ways: onOurPage,
  meet: async (payer) => {
    await payer.press()
    await payer.waitForTheEnd()
    // The form is still there as it was, filled in.
    const again = await payer.press()
    if (again.heading.startsWith('Thank you')) payer.met.add('the form was sent again after the end')
  },
  evidence: (books) => saw(books, 'the form was sent again after the end') && onePayment(books),
}

const closedWindow: Fault = {
  name: 'closed window',
  ways: [...onOurPage, 'card with 3-D Secure'],
  weather: [{ kind: 'late', on: 'charge', delayMs: LATE_MS }],
  meet: async (payer) => {
    const window = new AbortController()
    try {
      const closeSoon = (): unknown => setTimeout(() => window.abort(), CLOSES_AFTER_MS)
      await payer.press({ signal: window.signal, onSent: closeSoon })
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      payer.met.add('the window was closed before the answer')
    }
  },
  after: async (payer) => {
    await payer.findPayment()
    await payer.waitForTheEnd()
  },
  evidence: (books) =>
    saw(books, 'the window was closed before the answer') &&
    saw(books, 'struck by the provider') &&
    firstCharge(books)?.state === 'approved' &&
    onePayment(books),
}

const forgedReturn: Fault = {
  name: 'forged return',
  ways: ['next page'],
  prepare: toProvider,
  meet: async (payer) => {
    const door = new URL(payer.here.url).searchParams.get('successURL') ?? ''
    const lie = 'paymentStatus=AUTHORISED&paymentAmount=1&paymentCurrency=GBP&mac2=0'
    const page = await payer.visitor.get(`${door}?${lie}`)
    if (/checking|not paid/i.test(page.heading)) payer.met.add('a forged return was not believed')
    await payer.payThere()
  },
  evidence: (books) => saw(books, 'a forged return was not believed') && onePayment(books),
}

export const ofTheBrowser: readonly Fault[] = [doubleClick, twoTabs, backButton, closedWindow, forgedReturn]

export const browserAct: Act = {
  name: 'payers do what payers do',
  faults: ofTheBrowser.filter((fault) => fault !== closedWindow),
  play: playTogether,
}

export const closedWindowAct: Act = {
  name: 'payers close the window',
  faults: [closedWindow],
  play: playOneAfterAnother,
}

export async function toProvider(payer: Payer): Promise<void> {
  await payer.comeToTheLastPage()
  await payer.press()
  await payer.goToProvider()
}
