import type { FaultName } from './faults.ts'
import type { ModuleName } from './modules.ts'

/** Faults that are dangerous together, and who meets them. */
export interface Theme {
  readonly faults: readonly FaultName[]
  /** What payers choose from; undefined is everything. */
  readonly modules?: readonly ModuleName[]
  /** How likely each of them is; drawn where it is not given. */
  readonly chance?: number
  /** The shop lets payers switch. */
  readonly switching?: boolean
}

export const PAGE: readonly ModuleName[] = ['hosted', 'hosted-asked']
export const BANK: readonly ModuleName[] = ['secure']
const DIRECT: readonly ModuleName[] = ['sale', 'later', 'captured']

const COMMON: readonly Theme[] = [
  { faults: ['request-late', 'inquiry-lagging', 'crash-in-flight'] },
  { faults: ['request-late', 'answer-lost', 'inquiry-lagging'] },
  { faults: ['request-late', 'request-twice', 'two-tabs'] },
  { faults: ['pause', 'request-late', 'double-click'] },
  { faults: ['pause', 'journal-lost-after', 'crash-after-write'] },
  { faults: ['answer-late', 'order-closed', 'cancel-in-flight'] },
  { faults: ['answer-wrong-amount', 'answer-wrong-reference', 'order-changed'] },
  { faults: ['modification-fails-later', 'answer-lost', 'crash-in-flight'] },
  { faults: ['notification-forged', 'payer-never-pays', 'challenge-abandoned'] },
  { faults: ['payer-refused-there', 'payer-pays-late', 'door-lies'], modules: PAGE },
  { faults: ['payer-pays-late', 'notification-lost', 'inquiry-lagging'], modules: PAGE },
  { faults: ['change-of-mind', 'switch-both-paid'], switching: true },
  { faults: ['change-of-mind', 'switch-both-paid', 'pending-method', 'two-tabs'], switching: true },
  { faults: ['change-of-mind', 'switch-both-paid', 'answer-lost', 'notification-late'], switching: true },
  { faults: ['challenge-twice', 'challenge-late-return', 'crash-in-flight', 'request-late'], modules: BANK },
  { faults: ['challenge-twice', 'request-twice', 'soft-decline', 'pause'], modules: BANK },
  {
    faults: ['challenge-failed', 'challenge-abandoned', 'challenge-forged', 'order-changed-during-challenge'],
    modules: BANK,
  },
  { faults: ['payer-two-tabs-there', 'pending-method', 'door-lies', 'payer-refused-there'], modules: PAGE },
  { faults: ['journal-away', 'acknowledgement-lost', 'crash-before-write', 'journal-lost-before'] },
  { faults: ['notification-first', 'notification-twice', 'notification-shuffled', 'answer-lost'] },
  { faults: ['charged-back', 'refunded-elsewhere', 'inquiry-lagging', 'notification-shuffled'] },
  { faults: ['cancelled-elsewhere', 'expired-elsewhere', 'capture-failed-late', 'notification-twice'] },
  { faults: ['journal-away', 'answer-late', 'crash-in-flight', 'spool-lost'] },
  { faults: ['journal-away', 'spool-brings-back', 'crash-after-write', 'pause'] },
  { faults: ['journal-failover', 'journal-lost-after', 'double-click'] },
  { faults: ['journal-failover', 'crash-after-write', 'request-late'] },
  { faults: ['clock-skewed', 'clock-jumps', 'request-late', 'pause'] },
  { faults: ['clock-skewed', 'crash-in-flight', 'request-late', 'answer-lost'] },
  { faults: ['node-cut-off', 'request-late', 'answer-lost', 'journal-slow'] },
  { faults: ['older-version', 'crash-of-all', 'orderly-restart', 'answer-lost'] },
  { faults: ['shop-away', 'mail-away', 'charged-back', 'notification-twice'] },
  { faults: ['psp-away', 'answer-lost', 'request-late', 'inquiry-lagging'] },
  { faults: ['case-resolved', 'psp-away', 'answer-lost', 'crash-in-flight', 'mail-away'] },
  { faults: ['report-compared', 'report-twice', 'report-at-two-nodes', 'report-late', 'report-wrong'] },
  {
    faults: ['report-compared', 'report-late', 'answer-lost', 'modification-fails-later', 'crash-in-flight'],
  },
]

/** What takes several rare things at once to go wrong is played more often. */
const RARE: readonly Theme[] = [
  { faults: ['request-late', 'inquiry-lagging'], modules: DIRECT, chance: 0.45 },
  { faults: ['pause'], modules: DIRECT, chance: 0.12 },
  { faults: ['clock-jumps', 'request-late'], modules: DIRECT, chance: 0.3 },
  { faults: ['journal-failover', 'notification-twice', 'crash-in-flight'], chance: 0.4 },
  // What nobody captures is a case before it expires.
  { faults: ['case-resolved', 'clerks-disagree', 'agreement-late'], modules: ['later'], chance: 0.6 },
  { faults: ['change-of-mind', 'switch-both-paid', 'pending-method'], switching: true },
]

/** Some seeds play one of these sets and nothing else. */
export const THEMES: readonly Theme[] = [...COMMON, ...RARE, ...RARE, ...RARE, ...RARE, ...RARE]
