import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '../src/errors.ts'
import type { FaultRequest } from '../src/simulators/worldpay/index.ts'
import type { Act, Cast, Fault } from './fault.ts'
import type { Payer } from './payer.ts'
import type { Stage, Weather } from './stage.ts'
import { NoAnswer } from './visitor.ts'
import { withEach } from './waiting.ts'

/** So many people are on their way to the last page, or pay, at once. */
const AT_ONCE = 12

export interface Part {
  readonly fault: Fault
  readonly payer: Payer
}

export function partsOf(faults: readonly Fault[], cast: Cast): readonly Part[] {
  return faults.flatMap((fault) => (cast.get(fault) ?? []).map((payer) => ({ fault, payer })))
}

/** Everybody orders, and comes to the place where it will happen. */
export async function prepare(parts: readonly Part[], stage: Stage): Promise<void> {
  await withEach(parts, AT_ONCE, async ({ fault, payer }) => {
    await inItsName(fault, payer, async () => {
      await payer.order()
      if (fault.prepare === undefined) await payer.comeToTheLastPage()
      else await fault.prepare(payer, stage)
    })
    stage.progress.ordered()
  })
}

/** Where nothing of the provider's is broken: everybody at once, each as soon as she has come to the place. */
export async function playTogether(act: Act, cast: Cast, stage: Stage): Promise<void> {
  stage.progress.plays(act.name)
  await withEach(partsOf(act.faults, cast), AT_ONCE, async (part) => {
    const { fault, payer } = part
    await prepare([part], stage)
    await meet(fault, payer, stage)
    stage.beside(afterwards(fault, payer, stage))
  })
}

/** One fault of the provider's after the other, each for all who meet it. */
export async function playOneAfterAnother(act: Act, cast: Cast, stage: Stage): Promise<void> {
  const all = await setAll(act.weather ?? [], stage)
  for (const fault of act.faults) {
    const parts = partsOf([fault], cast)
    await prepare(parts, stage)
    const atOnce = fault.oneByOne === true ? 1 : AT_ONCE
    for (let from = 0; from < parts.length; from += atOnce) {
      const payers = parts.slice(from, from + atOnce).map(({ payer }) => payer)
      if (fault.oneByOne === true) await stage.quietProvider()
      if (fault.holdsMs !== undefined) await stage.hold(payers.length, fault.holdsMs)
      await underWeather(fault, payers, stage)
    }
  }
  for (const weather of all) await weather.clear()
}

async function underWeather(fault: Fault, payers: readonly Payer[], stage: Stage): Promise<void> {
  stage.progress.plays(fault.name)
  const set = await setAll(fault.weather ?? [], stage)
  const meeting = payers.map((payer) => meet(fault, payer, stage))
  for (const [index, payer] of payers.entries()) {
    stage.beside((meeting[index] ?? Promise.resolve()).then(() => afterwards(fault, payer, stage)))
  }
  // Each has its own count: whom it has struck is struck, also if the answer is still to come.
  const [first] = set
  const met = Promise.all(meeting)
  await (first === undefined ? met : Promise.race([first.untilStruck(payers.length), failureOf(met)]))
  for (const payer of payers) payer.met.add('struck by the provider')
  if (fault.lastsMs !== undefined) await sleep(fault.lastsMs)
  for (const weather of set) await weather.clear()
}

/** Never resolves: who met it well says nothing yet of whom it has struck. */
function failureOf(met: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    met.catch(reject)
  })
}

/** Sets faults of the provider; the first is the one whose strikes count. */
export async function setAll(faults: readonly FaultRequest[], stage: Stage): Promise<readonly Weather[]> {
  const set: Weather[] = []
  for (const fault of faults) set.push(await stage.set(fault))
  return set
}

export async function meet(fault: Fault, payer: Payer, stage: Stage): Promise<void> {
  await inItsName(fault, payer, async () => {
    if (fault.meet === undefined) await payer.pressUntilAnswered()
    else await fault.meet(payer, stage)
  })
}

/** Waits with her for the end, or does what else she does once the fault is over. */
export async function afterwards(fault: Fault, payer: Payer, stage: Stage): Promise<void> {
  await inItsName(fault, payer, async () => {
    if (fault.after === undefined) await stage.toTheEnd(payer)
    else await fault.after(payer, stage)
  })
  stage.progress.through(payer)
}

/** What fails says who it was, and what she met. */
async function inItsName({ name }: Fault, { number, way }: Payer, does: () => Promise<void>): Promise<void> {
  try {
    await does()
  } catch (error) {
    throw new Error(`${name}: payer ${number}, by ${way}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Does something that may get no answer: a broken page is what the play is about. */
export async function perhapsInVain(payer: Payer, does: () => Promise<unknown>): Promise<void> {
  try {
    await does()
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    payer.met.add(`connection ${error.how}`)
  }
}
