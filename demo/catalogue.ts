import type { Act, Fault } from './fault.ts'
import { connectionRefused, refusedAct } from './faults/connection-refused.ts'
import { browserAct, closedWindowAct, ofTheBrowser } from './faults/of-the-browser.ts'
import { callsAct, forgedCallsAct, ofTheCalls } from './faults/of-the-calls.ts'
import {
  cancelledOrder,
  captureNotAnswered,
  moneyAct,
  refundsAct,
  refundTwice,
  reversalNotAnswered,
} from './faults/of-the-money.ts'
import { armedKillAct, killedAtAnyMoment, killsAct, ofTheProcess, stormAct } from './faults/of-the-process.ts'
import { clockAct, clockAhead, databaseAct, mailAct, ofTheShop } from './faults/of-the-shop.ts'
import { clusterActs, ofTheCluster } from './faults/of-the-cluster.ts'
import { answersAct, ofTheProvider, unaskableAct } from './faults/of-the-provider.ts'
import { ofTheBank, ofTheRedirect, redirectAct } from './faults/of-the-redirect.ts'

/** Every fault that is met, in the order of docs/reference/faults.md. */
export const faults: readonly Fault[] = [
  ...ofTheBrowser,
  ...ofTheRedirect,
  connectionRefused,
  ...ofTheProvider,
  ...ofTheProcess,
  clockAhead,
  ...ofTheCalls,
  cancelledOrder,
  ...ofTheBank,
  refundTwice,
  captureNotAnswered,
  reversalNotAnswered,
  ...ofTheShop,
]

/** Met by all who are left over. */
export const most: Fault = killedAtAnyMoment

/**
 * The acts in the order in which they are played. First what makes inquiries fail, as each failure puts the next one
 * off; then the kills, which later would end what takes its time, such as a request that nobody answers; then what takes
 * the longest, so that it ends beside the rest.
 */
export const acts: readonly Act[] = [
  refusedAct,
  unaskableAct,
  killsAct,
  armedKillAct,
  stormAct,
  redirectAct,
  answersAct,
  moneyAct,
  databaseAct,
  mailAct,
  callsAct,
  closedWindowAct,
  browserAct,
  forgedCallsAct,
  refundsAct,
]

/** Met by a shop of several nodes, beside all others, in the order of docs/reference/faults.md. */
export const clusterFaults: readonly Fault[] = ofTheCluster

/** What a shop of several nodes plays first, while no node has much to do. */
export const actsOfCluster: readonly Act[] = clusterActs

/** Played once everybody is through. */
export const finale: Act = clockAct
