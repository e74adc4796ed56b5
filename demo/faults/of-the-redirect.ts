import { cameBack, endedBy, eventsOf, firstCharge, type OrderBooks, saw } from '../evidence.ts'
import type { Act, Fault } from '../fault.ts'
import { playTogether } from '../play.ts'
import { toProvider } from './of-the-browser.ts'

const RETURN = /\/pay\/payments\/[^/]+\/return\//
const elsewhere = { ways: ['next page'], prepare: toProvider } as const

const once = ({ ledger }: OrderBooks): boolean =>
  ledger.length === 1 && ledger[0]?.entries.filter(({ kind }) => kind === 'authorised').length === 1

export const ofTheRedirect: readonly Fault[] = [
  {
    name: 'paid, and never came back',
    ...elsewhere,
    meet: async (payer) => {
      const left = await payer.payThere(undefined, { closesBefore: RETURN })
      if (RETURN.test(left.url)) payer.met.add('the window was closed on the way back')
    },
    // She looks at her order later, or never: it changes nothing.
    evidence: (books) =>
      saw(books, 'the window was closed on the way back') &&
      !cameBack(books) &&
      firstCharge(books)?.state === 'approved',
  },
  {
    name: 'came back twice',
    ...elsewhere,
    meet: async (payer) => {
      await payer.payThere()
      const door = payer.visitor.trail.find((url) => RETURN.test(url))
      if (door === undefined) return
      const again = await payer.visitor.get(door)
      if (again.status === 200) payer.met.add('the door was opened twice')
    },
    evidence: (books) => saw(books, 'the door was opened twice') && once(books),
  },
  {
    name: 'paid twice at the provider',
    ...elsewhere,
    meet: async (payer) => {
      const page = payer.here
      await Promise.all([payer.payThere(), payer.payThere()])
      const again = await payer.visitor.get(page.url)
      if (again.status === 409) payer.met.add('it was paid twice')
    },
    evidence: (books) => saw(books, 'it was paid twice') && once(books),
  },
  {
    name: 'refused at the provider, then paid',
    ...elsewhere,
    meet: async (payer) => {
      await payer.payThere('REFUSED')
      await payer.payThere()
    },
    evidence: (books) =>
      once(books) && books.ledger.some(({ entries }) => entries.some(({ kind }) => kind === 'refused')),
  },
  {
    name: 'cancelled at the provider',
    ...elsewhere,
    meet: async (payer) => {
      const back = await payer.cancelThere()
      if (back.heading === 'You have not paid yet') payer.met.add('came back unpaid')
    },
    after: async (payer, stage) => {
      await payer.waitForTheEnd({ paysThere: false })
      if (payer.comesBack) await stage.payAgain(payer)
    },
    evidence: (books) => saw(books, 'came back unpaid') && endedBy(books, 'abandoned', 'inquiry'),
  },
  {
    name: 'left open at the provider',
    ...elsewhere,
    meet: async () => undefined,
    after: async (payer, stage) => {
      await payer.waitForTheEnd({ paysThere: false })
      if (payer.comesBack) await stage.payAgain(payer)
    },
    evidence: (books) => !cameBack(books) && endedBy(books, 'abandoned', 'inquiry'),
  },
]

export const ofTheBank: readonly Fault[] = [
  {
    name: 'came back from the bank twice',
    ways: ['card with 3-D Secure'],
    meet: async (payer) => {
      await Promise.all([payer.press(), payer.press()])
      payer.met.add('came back twice')
    },
    evidence: (books) =>
      saw(books, 'came back twice') && books.payments.length === 1 && firstCharge(books)?.leg === 2,
  },
  {
    name: 'refused at the bank',
    ways: ['card with 3-D Secure'],
    prepare: async (payer) => {
      await payer.comeToTheBank()
      await payer.answerBank('Refuse')
    },
    evidence: (books) => firstCharge(books)?.state === 'declined' && firstCharge(books)?.leg === 2,
  },
  {
    name: 'left at the bank',
    ways: ['card with 3-D Secure'],
    prepare: async (payer) => payer.comeToTheBank(),
    meet: async (payer) => {
      if (await payer.wantsAnotherWay()) payer.met.add('wanted another way to pay')
    },
    after: async (payer, stage) => {
      if (payer.comesBack) await stage.payAgain(payer)
      else payer.shown = 'unpaid'
    },
    evidence: (books) =>
      saw(books, 'wanted another way to pay') &&
      endedBy(books, 'abandoned', 'engine') &&
      eventsOf(books).some((event) => event.type === 'operation-moved' && event.to === 'challenged'),
  },
]

export const redirectAct: Act = {
  name: "payers on the provider's and the bank's page",
  faults: [...ofTheRedirect, ...ofTheBank],
  play: playTogether,
}
