import { cameBack, endedBy, eventsOf, firstCharge, notifiedWords, saw, type OrderBooks } from '../evidence.ts'
import type { Act, Fault } from '../fault.ts'
import { playOneAfterAnother, playTogether } from '../play.ts'
import { toProvider } from './of-the-browser.ts'

const directly = ['card', 'card on dispatch'] as const
const LATE_MS = 800
/** The capture of a sale is told in the provider's next batch. */
const NEXT_BATCH_MS = 400
const struck = (books: OrderBooks): boolean => saw(books, 'struck by the provider')

const first: Fault = {
  name: 'call before the answer',
  ways: directly,
  weather: [{ kind: 'notification-first', on: 'notification' }],
  // It was written down before its answer was given; which of the two ends the payment is a race between them.
  evidence: (books) =>
    struck(books) &&
    notifiedWords(books).some((words) => words.startsWith('AUTHORISED')) &&
    (endedBy(books, 'approved', 'notification') || endedBy(books, 'approved', 'answer')),
}

const lost: Fault = {
  name: 'call lost',
  ways: ['next page'],
  prepare: toProvider,
  weather: [{ kind: 'notification-lost', on: 'notification' }],
  meet: async (payer) => {
    // Neither does she come back: nothing and nobody tells.
    await payer.payThere(undefined, { closesBefore: /\/return\// })
  },
  lastsMs: NEXT_BATCH_MS,
  evidence: (books) =>
    struck(books) &&
    !cameBack(books) &&
    notifiedWords(books).length === 0 &&
    endedBy(books, 'approved', 'inquiry'),
}

const twice: Fault = {
  name: 'call made twice',
  ways: ['card'],
  weather: [{ kind: 'notification-twice', on: 'notification' }],
  lastsMs: NEXT_BATCH_MS,
  evidence: (books) =>
    struck(books) && eventsOf(books).filter(({ type }) => type === 'fact-recorded').length === 1,
}

const late: Fault = {
  name: 'call late and out of order',
  ways: ['card'],
  weather: [{ kind: 'notification-late', on: 'notification', delayMs: LATE_MS, times: 1 }],
  oneByOne: true,
  evidence: (books) => {
    const words = notifiedWords(books)
    return words.length >= 2 && words[0]?.startsWith('CAPTURED') === true
  },
}

const forged: Fault = {
  name: 'forged call',
  ways: ['next page'],
  prepare: toProvider,
  meet: async (payer, stage) => {
    // What a payer knows: the reference stands in the address of the provider's page.
    const reference = (new URL(payer.here.url).searchParams.get('OrderKey') ?? '').split('^').at(-1) ?? ''
    const answer = await fetch(`${stage.shop.shopUrl}/pay/notifications/worldpay`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml', authorization: `Basic ${btoa('worldpay-calls:a-guess')}` },
      body: lieAbout(reference),
    })
    await answer.body?.cancel()
    const page = await payer.visitor.get(payer.paymentUrl)
    if (answer.status >= 400 && !page.heading.startsWith('Thank you'))
      payer.met.add('a forged call was not believed')
    await payer.payThere()
  },
  evidence: (books) =>
    saw(books, 'a forged call was not believed') && firstCharge(books)?.state === 'approved',
}

function lieAbout(reference: string): string {
  const amount = '<amount value="100" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/>'
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">
<paymentService version="1.4" merchantCode="STUBANDQUILL"><notify><orderStatusEvent orderCode="${reference}"><payment><paymentMethod>VISA-SSL</paymentMethod>${amount}<lastEvent>AUTHORISED</lastEvent></payment></orderStatusEvent></notify></paymentService>`
}

const contradicting: Fault = {
  name: 'call that contradicts',
  ways: ['card'],
  weather: [{ kind: 'notification-forged', on: 'notification', times: 1 }],
  oneByOne: true,
  evidence: struck,
}

export const ofTheCalls: readonly Fault[] = [first, lost, twice, late, contradicting, forged]

export const callsAct: Act = {
  name: 'the provider calls too early, late, twice or never',
  faults: [first, lost, twice, late, contradicting],
  play: playOneAfterAnother,
}

export const forgedCallsAct: Act = { name: 'somebody else calls', faults: [forged], play: playTogether }
