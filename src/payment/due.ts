import { isEnd } from './operation-states.ts'
import type { Payment } from './state.ts'

/** How long a pipeline may stand between two steps before somebody looks. */
const STANDSTILL_MS = 60_000

export interface Due {
  /** When somebody must look at the payment; undefined when nothing is left to do. */
  readonly dueAtMs: number | undefined
  /** True while its owner is at work on it: then it is also due as soon as its owner is gone. */
  readonly attended: boolean
}

/** When a payment needs to be looked at again: the one who will resolve it is appointed before a byte leaves. */
export function dueOf(payment: Payment): Due {
  const times: number[] = []
  let attended = false
  // A later look at what has ended keeps no pipeline from standing still.
  let isUnderWay = false
  for (const operation of payment.operations) {
    // Its reversal is what must be looked at.
    if (operation.frozenBy !== undefined) continue
    if (operation.nextTryAtMs !== undefined) {
      times.push(operation.nextTryAtMs)
      isUnderWay ||= !isEnd(operation.state)
    } else if (operation.state === 'intended' && operation.inDoubtSinceMs === undefined) {
      times.push(operation.dueAtMs)
      attended = true
      isUnderWay = true
    }
  }
  // What is told goes in order, so that the first that is not told yet sets the time; undos go beside it.
  const told = payment.work.find((work) => work.kind !== 'undo' && work.state === 'due')
  for (const work of payment.work) {
    if (work.state !== 'due' || (work.kind !== 'undo' && work !== told)) continue
    times.push(work.nextTryAtMs)
    isUnderWay = true
    if (work.tries === 0) attended = true
  }
  for (const step of payment.started) {
    if (step.state !== 'started') continue
    times.push(step.dueAtMs)
    attended = true
    isUnderWay = true
  }
  if (!isUnderWay && !payment.pipelineEnded) {
    times.push(payment.openedAtMs + STANDSTILL_MS)
    attended = true
  }
  return { dueAtMs: times.length === 0 ? undefined : Math.ceil(Math.min(...times)), attended }
}
