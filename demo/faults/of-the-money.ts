import { isReversed } from '../../src/payment/status.ts'
import { eventsOf, firstCharge, type OrderBooks, saw } from '../evidence.ts'
import type { Act, Fault } from '../fault.ts'
import type { Payer } from '../payer.ts'
import { playOneAfterAnother, playTogether } from '../play.ts'

const struck = (books: OrderBooks): boolean => saw(books, 'struck by the provider')

/** Enough to cancel the order in another tab. */
const LATE_MS = 1_500
const charged = { kind: 'late', on: 'charge', delayMs: LATE_MS } as const

/** The shopper takes the order back while the provider is charging it. */
async function cancelsMeanwhile(payer: Payer): Promise<void> {
  const cancelled = async (): Promise<void> => {
    await payer.isUnderWay()
    if (await payer.cancelOrder()) payer.met.add('the order was cancelled')
  }
  await Promise.all([payer.pressUntilAnswered(), cancelled()])
}

/** Nobody comes back for an order that was taken back. */
async function seesTheEnd(payer: Payer): Promise<void> {
  await payer.waitForTheEnd()
}

const givenBack = (books: OrderBooks): boolean => {
  const [first] = books.payments
  const charge = firstCharge(books)
  return (
    saw(books, 'the order was cancelled') &&
    first !== undefined &&
    charge !== undefined &&
    isReversed(first.payment, charge) &&
    books.ledger.some(({ authorisedMinor, liveMinor }) => authorisedMinor !== '0' && liveMinor === '0')
  )
}

const doubtedOf = ({ payments }: OrderBooks, kind: 'reversal' | 'capture'): boolean =>
  payments.some(({ payment, events }) => {
    const references = payment.operations.filter((operation) => operation.kind === kind)
    return events.some(
      (event) =>
        event.type === 'operation-doubted' &&
        references.some(({ reference }) => reference === event.reference),
    )
  })

const ofOneOperation = ({ payments }: OrderBooks, kind: 'refund'): boolean =>
  payments.flatMap(({ payment }) => payment.operations).filter((operation) => operation.kind === kind)
    .length === 1

export const cancelledOrder: Fault = {
  name: 'order cancelled while being paid',
  ways: ['card', 'card on dispatch'],
  weather: [charged],
  meet: cancelsMeanwhile,
  after: seesTheEnd,
  evidence: (books) => struck(books) && givenBack(books),
}

export const reversalNotAnswered: Fault = {
  name: 'reversal not answered',
  ways: ['card', 'card on dispatch'],
  weather: [{ kind: 'cut', on: 'cancel' }, charged],
  meet: cancelsMeanwhile,
  after: seesTheEnd,
  evidence: (books) => struck(books) && givenBack(books) && doubtedOf(books, 'reversal'),
}

export const captureNotAnswered: Fault = {
  name: 'capture not answered',
  ways: ['card on dispatch'],
  prepare: async (payer) => {
    await payer.comeToTheLastPage()
    await payer.pressUntilAnswered()
    await payer.waitForTheEnd()
  },
  weather: [{ kind: 'cut', on: 'capture' }],
  meet: async (payer) => payer.askShop(/^Dispatch: capture/),
  evidence: (books) =>
    struck(books) &&
    doubtedOf(books, 'capture') &&
    books.ledger.every(({ authorisedMinor, capturedMinor }) => authorisedMinor === capturedMinor),
}

export const refundTwice: Fault = {
  name: 'refund pressed twice',
  ways: ['card'],
  meet: async (payer) => {
    await payer.pressUntilAnswered()
    await payer.waitForTheEnd()
    await payer.askShop(/^Refund/, 2)
    payer.met.add('the refund was asked for twice')
  },
  after: async () => undefined,
  evidence: (books) =>
    saw(books, 'the refund was asked for twice') &&
    ofOneOperation(books, 'refund') &&
    eventsOf(books).some((event) => event.type === 'status-reached' && event.status === 'refunded'),
}

export const moneyAct: Act = {
  name: 'the shop changes its mind, and the provider does not answer',
  // In this order: an order that is cancelled is reversed a little later, which must not meet the fault of another.
  faults: [reversalNotAnswered, cancelledOrder, captureNotAnswered],
  // A call would tell at once that it was charged, before anybody could cancel.
  weather: [{ kind: 'notification-lost', on: 'notification' }],
  play: playOneAfterAnother,
}

export const refundsAct: Act = {
  name: 'the shop gives money back',
  faults: [refundTwice],
  play: playTogether,
}
