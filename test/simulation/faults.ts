/**
 * What a run may meet. Each seed draws which of these are on, so that some runs meet few and some meet many; the run
 * counts how often each one struck.
 */
export const faultNames = [
  'crash-before-write',
  'crash-after-write',
  'crash-in-flight',
  'crash-of-all',
  'orderly-restart',
  'older-version',
  'pause',
  'clock-skewed',
  'clock-jumps',
  'journal-lost-before',
  'journal-lost-after',
  'journal-away',
  'journal-slow',
  'journal-failover',
  'node-cut-off',
  'spool-lost',
  'spool-fails',
  'spool-full',
  'spool-brings-back',
  'connect-refused',
  'psp-away',
  'request-lost',
  'request-late',
  'request-twice',
  'answer-lost',
  'answer-late',
  'answer-truncated',
  'answer-html',
  'answer-5xx-before',
  'answer-5xx-after',
  'answer-wrong-reference',
  'answer-wrong-amount',
  'answer-wrong-currency',
  'answer-wrong-exponent',
  'answer-duplicate',
  'answer-unavailable',
  'inquiry-lagging',
  'inquiry-unavailable',
  'modification-fails-later',
  'notification-lost',
  'notification-twice',
  'notification-late',
  'notification-shuffled',
  'notification-first',
  'notification-forged',
  'notification-unreadable',
  'notification-refused',
  'acknowledgement-lost',
  'card-declined',
  'soft-decline',
  'double-click',
  'two-tabs',
  'order-closed',
  'order-changed',
  'cancel-in-flight',
  'payer-never-pays',
  'payer-refused-there',
  'payer-two-tabs-there',
  'payer-pays-late',
  'pending-method',
  'door-lies',
  'change-of-mind',
  'switch-both-paid',
  'challenge-failed',
  'challenge-abandoned',
  'challenge-twice',
  'challenge-late-return',
  'challenge-forged',
  'order-changed-during-challenge',
  'charged-back',
  'capture-failed-late',
  'refunded-elsewhere',
  'cancelled-elsewhere',
  'expired-elsewhere',
  'expired-under-capture',
  'case-resolved',
  'clerks-at-once',
  'clerks-disagree',
  'clerk-repeats',
  'agreement-late',
  'report-compared',
  'report-twice',
  'report-at-two-nodes',
  'report-late',
  'report-wrong',
  'shop-fails',
  'shop-late',
  'shop-away',
  'mail-away',
  'stock-refused',
] as const

export type FaultName = (typeof faultNames)[number]

export type FaultCounts = Record<FaultName, number>

export function noFaults(): FaultCounts {
  return Object.fromEntries(faultNames.map((name) => [name, 0])) as FaultCounts
}

function from(first: FaultName, end: FaultName): ReadonlySet<FaultName> {
  return new Set(faultNames.slice(faultNames.indexOf(first), faultNames.indexOf(end)))
}

/** What people, banks and time do: it makes a run rich, where the faults before only make it hard. */
export const ways = from('notification-lost', 'shop-fails')

/** What only a payer on the page of the PSP can meet, only one who is sent to the bank, and only one who may switch. */
export const onPage = from('payer-never-pays', 'change-of-mind')
export const atBank: ReadonlySet<FaultName> = new Set([
  ...from('challenge-failed', 'charged-back'),
  'soft-decline',
])
export const switching: ReadonlySet<FaultName> = new Set(['switch-both-paid'])

/** How people look after cases, where they do: each of it is rare enough by itself. */
export const ofClerks = from('clerks-at-once', 'report-compared')

/** What follows from another fault, and cannot be had without it. */
export const needed: Readonly<Partial<Record<FaultName, FaultName>>> = {
  'switch-both-paid': 'change-of-mind',
  'notification-refused': 'journal-away',
  'spool-lost': 'journal-away',
  'spool-fails': 'journal-away',
  'spool-full': 'journal-away',
  'spool-brings-back': 'journal-away',
  'clerks-at-once': 'case-resolved',
  'clerks-disagree': 'case-resolved',
  'clerk-repeats': 'case-resolved',
  'agreement-late': 'case-resolved',
  'report-twice': 'report-compared',
  'report-at-two-nodes': 'report-compared',
  'report-late': 'report-compared',
  'report-wrong': 'report-compared',
}
