/**
 * What a run may meet. Each seed draws which of these are on, so that some runs meet few and some meet many; the run
 * counts how often each one struck.
 */
export const faultNames = [
  'crash-before-write',
  'crash-after-write',
  'crash-in-flight',
  'pause',
  'journal-lost-before',
  'journal-lost-after',
  'journal-away',
  'connect-refused',
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
  'inquiry-lagging',
  'inquiry-unavailable',
  'modification-fails-later',
  'notification-lost',
  'notification-twice',
  'notification-late',
  'notification-shuffled',
  'notification-first',
  'notification-forged',
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
  'shop-fails',
  'shop-late',
  'stock-refused',
] as const

/** What people, banks and time do: it makes a run rich, where the faults before only make it hard. */
export const ways: readonly FaultName[] = faultNames.slice(
  faultNames.indexOf('notification-lost'),
  faultNames.indexOf('shop-fails'),
)

export type FaultName = (typeof faultNames)[number]

export type FaultCounts = Record<FaultName, number>

export function noFaults(): FaultCounts {
  return Object.fromEntries(faultNames.map((name) => [name, 0])) as FaultCounts
}
