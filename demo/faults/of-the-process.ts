import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultRequest } from '../../src/simulators/worldpay/index.ts'
import { endedBy, livedThroughKill, type OrderBooks, saw, wasExecuted } from '../evidence.ts'
import type { Act, Cast, Fault } from '../fault.ts'
import { type Payer, ways } from '../payer.ts'
import { afterwards, type Part, partsOf, perhapsInVain, prepare, setAll } from '../play.ts'
import type { Stage } from '../stage.ts'

/** The faults of the first group take half of the kills, those of the other the other half. */
const ROUNDS_MAX = 3
/** Payers that a kill at any moment catches. */
const IN_THE_STORM = 8
/** A payment by card takes longer than this. */
/** Enough for the requests of a few payers to reach the provider before it answers the first. */
const TOGETHER_MS = 800
const STORM_MS = [2, 60] as const

/** Killed while the provider has the request, and has or has not executed it. */
function killedInFlight(name: string, fault: FaultRequest, happened: (books: OrderBooks) => boolean): Fault {
  return {
    name,
    ways: ways.filter((way) => way !== 'next page'),
    // A call would tell at once what the answer does not.
    weather: [
      { ...fault, on: 'charge' },
      { kind: 'notification-lost', on: 'notification' },
    ],
    meet: (payer) => perhapsInVain(payer, () => payer.press()),
    evidence: (books) => saw(books, 'connection broken') && livedThroughKill(books) && happened(books),
  }
}

const killedBeforeSending: Fault = {
  name: 'killed before sending',
  ways: ways.filter((way) => way !== 'card with 3-D Secure'),
  // She presses while nobody is there; see `play`.
  meet: async () => undefined,
  evidence: (books) => {
    const { killedAtMs = Infinity } = books.payer
    return saw(books, 'connection refused') && (books.payments[0]?.payment.openedAtMs ?? 0) > killedAtMs
  },
}

/** The answer has begun and nobody has read it: the provider knows, and the journal does not. */
const killedBeforeWriting: Fault = {
  name: 'killed before it wrote the answer',
  ways: ways.filter((way) => way !== 'next page'),
  meet: (payer) => perhapsInVain(payer, () => payer.press()),
  // The next process asks; where it has to wait until the one before is taken for dead, a call may be faster.
  evidence: (books) =>
    saw(books, 'connection broken') &&
    livedThroughKill(books) &&
    (endedBy(books, 'approved', 'inquiry') || endedBy(books, 'approved', 'notification')),
}

const killedWhilePayingElsewhere: Fault = {
  name: 'killed while the payer is elsewhere',
  ways: ['next page'],
  prepare: async (payer) => {
    await payer.comeToTheLastPage()
    await payer.press()
    await payer.goToProvider()
  },
  meet: async () => undefined,
  after: async (payer, stage) => {
    await perhapsInVain(payer, () => payer.payThere())
    await stage.toTheEnd(payer)
  },
  evidence: livedThroughKill,
}

const killedAtTheBank: Fault = {
  name: 'killed while the bank asks',
  ways: ['card with 3-D Secure'],
  prepare: async (payer) => payer.comeToTheLastPage(),
  meet: async () => undefined,
  after: async (payer, stage) => {
    await payer.pressUntilAnswered()
    await stage.toTheEnd(payer)
  },
  evidence: livedThroughKill,
}

export const killedAtAnyMoment: Fault = {
  name: 'killed at any moment',
  ways,
  evidence: (books) => saw(books, 'connection broken') || livedThroughKill(books),
}

const inFlight: readonly Fault[] = [
  killedBeforeSending,
  killedInFlight('killed after sending, charged', { kind: 'hang' }, wasExecuted),
  killedInFlight('killed after sending, not charged', { kind: 'hang', when: 'before' }, (books) =>
    endedBy(books, 'not-seen', 'inquiry'),
  ),
]
const elsewhere: readonly Fault[] = [killedWhilePayingElsewhere, killedAtTheBank]

export const ofTheProcess: readonly Fault[] = [
  ...inFlight,
  killedBeforeWriting,
  ...elsewhere,
  killedAtAnyMoment,
]

export const killsAct: Act = {
  name: 'the process is killed at a chosen moment',
  faults: [...inFlight, ...elsewhere],
  play: async (_act: Act, cast: Cast, stage: Stage) => {
    for (const faults of [inFlight, elsewhere]) {
      const parts = partsOf(faults, cast)
      const rounds = Math.min(ROUNDS_MAX, Math.ceil(parts.length / faults.length))
      for (const round of inRounds(parts, rounds)) await playKill(round, stage)
    }
  },
}

export const armedKillAct: Act = {
  name: 'the process is killed with the answer on its way',
  faults: [killedBeforeWriting],
  play: async ({ faults, name }: Act, cast: Cast, stage: Stage) => {
    const all = partsOf(faults, cast)
    for (const parts of inRounds(all, Math.min(ROUNDS_MAX, all.length))) {
      await prepare(parts, stage)
      stage.progress.plays(name)
      // All answers come at once: the process dies of the first, and has read none.
      const late = await stage.set({ kind: 'late', on: 'charge', delayMs: TOGETHER_MS })
      await stage.set({ kind: 'notification-lost', on: 'notification' })
      stage.aimAt(parts.map(({ payer }) => payer))
      const pressed = parts.map(({ fault, payer }) => fault.meet?.(payer, stage) ?? Promise.resolve())
      await late.untilStruck(parts.length)
      await stage.armKill()
      await stage.killsItself()
      await Promise.all(pressed)
      goOn(parts, stage)
    }
  },
}

export const stormAct: Act = {
  name: 'the process is killed at any moment',
  faults: [killedAtAnyMoment],
  play: async ({ faults }: Act, cast: Cast, stage: Stage) => {
    const parts = partsOf(faults, cast)
    const rounds = Math.max(Math.ceil(parts.length / IN_THE_STORM), Math.min(parts.length, 2))
    for (const round of inRounds(parts, rounds)) await playStorm(round, stage)
  },
}

/** Deals the parts out, one to each round in turn; rounds without any are left out. */
function inRounds(parts: readonly Part[], rounds: number): readonly (readonly Part[])[] {
  return Array.from({ length: rounds }, (_, round) =>
    // Neighbours are of the same fault, so that each round has some of every fault where there are enough.
    parts.filter((_part, index) => index % rounds === round),
  ).filter((round) => round.length > 0)
}

async function playKill(parts: readonly Part[], stage: Stage): Promise<void> {
  await prepare(parts, stage)
  const pressed: Promise<void>[] = []
  for (const [fault, group] of Map.groupBy(parts, (part) => part.fault)) {
    stage.progress.plays(fault.name)
    // Only the first is taken back for the next fault; a call would tell until the kill, which forgets the rest.
    const [weather] = await setAll(fault.weather ?? [], stage)
    stage.aimAt(group.map(({ payer }) => payer))
    pressed.push(...group.map(({ payer }) => fault.meet?.(payer, stage) ?? Promise.resolve()))
    await weather?.untilStruck(group.length)
    await weather?.clear()
  }
  const late = parts.filter(({ fault }) => fault === killedBeforeSending).map(({ payer }) => payer)
  await stage.kill(async () => {
    await Promise.all(pressed)
    await Promise.all(late.map((payer) => pressAtNobody(payer)))
  })
  goOn(parts, stage)
}

/** With several processes the balancer meets nobody, and hands the form to another one. */
async function pressAtNobody(payer: Payer): Promise<void> {
  await perhapsInVain(payer, () => payer.press())
  if (payer.visitor.wasMovedOn) payer.met.add('connection refused')
}

/** Everybody pays, and in the midst of it the process is killed. */
async function playStorm(parts: readonly Part[], stage: Stage): Promise<void> {
  await prepare(parts, stage)
  stage.progress.plays(killedAtAnyMoment.name)
  stage.aimAt(parts.map(({ payer }) => payer))
  const pressed = parts.map(({ payer }) => perhapsInVain(payer, () => payer.press()))
  await sleep(stage.random.between(...STORM_MS))
  await stage.kill()
  await Promise.all(pressed)
  goOn(parts, stage)
}

function goOn(parts: readonly Part[], stage: Stage): void {
  const killedAtMs = stage.kills.at(-1)
  for (const { fault, payer } of parts) {
    payer.killedAtMs = killedAtMs
    stage.beside(afterwards(fault, payer, stage))
  }
}
