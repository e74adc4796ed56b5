import { setTimeout as sleep } from 'node:timers/promises'
import { eventsOf, firstCharge, type OrderBooks, saw } from '../evidence.ts'
import type { Act, Cast, Fault } from '../fault.ts'
import { afterwards, meet, partsOf, prepare } from '../play.ts'
import type { Stage } from '../stage.ts'

const byCard = ['card', 'card on dispatch'] as const
/** The charge is under way when the database goes, and is answered while it is away. */
const LATE_MS = 600
/** Long enough for what has to be told to fail at least once. */
const AWAY_MS = 1_600
const HOUR_MS = 3_600_000

/** Something that the shop had to be told failed for this reason, and was told later. */
function toldLater(books: OrderBooks, step: string): boolean {
  const failed = new Set(
    eventsOf(books).flatMap((event) => (event.type === 'work-failed' ? [event.key] : [])),
  )
  return books.payments.some(({ payment }) =>
    payment.work.some((work) => work.step === step && failed.has(work.key) && work.state === 'done'),
  )
}

const databaseAwayBefore: Fault = {
  name: 'shop database away before paying',
  ways: [...byCard, 'next page'],
  meet: async (payer) => {
    const page = await payer.press()
    if (page.status === 503) payer.met.add('the shop was resting')
  },
  evidence: (books) =>
    saw(books, 'the shop was resting') &&
    books.payments.length === 1 &&
    firstCharge(books)?.state === 'approved',
}

const databaseAwayAfter: Fault = {
  name: 'shop database away after paying',
  ways: byCard,
  evidence: (books) => saw(books, 'paid while it was away') && toldLater(books, 'mark-order-paid'),
}

const mailAway: Fault = {
  name: 'mail server away',
  ways: [...byCard, 'card with 3-D Secure'],
  evidence: (books) => toldLater(books, 'send-order-mail'),
}

/** It ended after that, by evidence, and by the journal's time, which the machine's is an hour ahead of. */
export const clockAhead: Fault = {
  name: 'clock an hour ahead',
  ways: byCard,
  evidence: (books) => {
    const { evidence, intendedAtMs = 0 } = firstCharge(books) ?? {}
    const { struckAtMs = Number.POSITIVE_INFINITY } = books.payer
    return (
      saw(books, 'the clock was ahead') &&
      evidence?.source === 'inquiry' &&
      evidence.atMs >= struckAtMs &&
      evidence.atMs - intendedAtMs < HOUR_MS
    )
  },
}

export const ofTheShop: readonly Fault[] = [databaseAwayBefore, databaseAwayAfter, mailAway]

export const databaseAct: Act = {
  name: "the shop's database is away",
  faults: [databaseAwayBefore, databaseAwayAfter],
  play: async ({ faults, name }: Act, cast: Cast, stage: Stage) => {
    const parts = partsOf(faults, cast)
    await prepare(parts, stage)
    stage.progress.plays(name)
    const late = await stage.set({ kind: 'late', on: 'charge', delayMs: LATE_MS })
    // A call would tell that it is paid before the database has gone.
    const lost = await stage.set({ kind: 'notification-lost', on: 'notification' })
    const underWay = parts.filter(({ fault }) => fault === databaseAwayAfter)
    const pressed = underWay.map(({ fault, payer }) => meet(fault, payer, stage))
    await late.untilStruck(underWay.length)
    await late.clear()
    await stage.change('database', { do: 'break' })
    await lost.clear()
    for (const { payer } of underWay) payer.met.add('paid while it was away')
    const before = parts.filter(({ fault }) => fault === databaseAwayBefore)
    await Promise.all([...pressed, ...before.map(({ fault, payer }) => meet(fault, payer, stage))])
    await sleep(AWAY_MS)
    await stage.change('database', { do: 'mend' })
    for (const { fault, payer } of parts) stage.beside(afterwards(fault, payer, stage))
  },
}

export const mailAct: Act = {
  name: 'the mail server is away',
  faults: [mailAway],
  play: async ({ faults, name }: Act, cast: Cast, stage: Stage) => {
    const parts = partsOf(faults, cast)
    await prepare(parts, stage)
    stage.progress.plays(name)
    await stage.change('mail', { do: 'break' })
    await Promise.all(parts.map(({ fault, payer }) => meet(fault, payer, stage)))
    await sleep(AWAY_MS)
    await stage.change('mail', { do: 'mend' })
    for (const { fault, payer } of parts) stage.beside(afterwards(fault, payer, stage))
  },
}

/** The last: with several nodes one of them is an hour ahead of the others from then on. */
export const clockAct: Act = {
  name: 'the clock goes an hour ahead',
  faults: [clockAhead],
  play: async ({ faults, name }: Act, cast: Cast, stage: Stage) => {
    const parts = partsOf(faults, cast)
    await prepare(parts, stage)
    stage.progress.plays(name)
    const [cut, lost, silent] = [
      await stage.set({ kind: 'cut', on: 'charge' }),
      await stage.set({ kind: 'notification-lost', on: 'notification' }),
      // So that the doubt lasts until the clock is ahead.
      await stage.set({ kind: 'http-error', on: 'inquiry' }),
    ]
    stage.aimAt(parts.map(({ payer }) => payer))
    const pressed = parts.map(({ fault, payer }) => meet(fault, payer, stage))
    await cut.untilStruck(parts.length)
    const page = await stage.change('clock', { do: 'break', amount: '1h' })
    const struckAtMs = Date.now()
    for (const { payer } of parts) {
      payer.struckAtMs = struckAtMs
      if (/1 hour ahead/.test(page.body)) payer.met.add('the clock was ahead')
    }
    await silent.clear()
    await Promise.all(pressed)
    stage.letGo()
    await cut.clear()
    await lost.clear()
    for (const { fault, payer } of parts) stage.beside(afterwards(fault, payer, stage))
  },
}
