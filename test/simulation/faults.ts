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
  'card-declined',
  'double-click',
  'two-tabs',
  'order-closed',
  'order-changed',
  'cancel-in-flight',
  'shop-fails',
  'shop-late',
  'stock-refused',
] as const

export type FaultName = (typeof faultNames)[number]

export type FaultCounts = Record<FaultName, number>

export function noFaults(): FaultCounts {
  return Object.fromEntries(faultNames.map((name) => [name, 0])) as FaultCounts
}
