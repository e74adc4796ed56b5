import type { FaultRequest } from '../simulator-link.ts'

export interface Prepared {
  readonly label: string
  /** What happens, and what becomes of the payment. */
  readonly tells: string
  readonly fault: FaultRequest
}

/** What goes wrong at a provider in practice, one click each: it strikes the next request of its kind. */
export const PREPARED: Readonly<Record<string, Prepared>> = {
  hang: {
    label: 'Charge, then say nothing',
    tells:
      'The money moves and the answer never comes. The provider’s call finds it, or an inquiry: with SHOP_NOTIFICATIONS=off only that.',
    fault: { kind: 'hang', on: 'charge' },
  },
  'hang-before': {
    label: 'Say nothing, and charge nothing',
    tells: 'The same from outside, and the opposite is true: the waiting rule must find out.',
    fault: { kind: 'hang', on: 'charge', when: 'before' },
  },
  late: {
    label: 'Answer after eight seconds',
    tells: 'The charge is made at once, the answer is late. Close the window meanwhile.',
    fault: { kind: 'late', on: 'charge', delayMs: 8_000 },
  },
  cut: {
    label: 'Charge, then cut the line',
    tells: 'The connection breaks in the middle of the answer. What came of it is no evidence.',
    fault: { kind: 'cut', on: 'charge', atByte: 120 },
  },
  refuse: {
    label: 'Refuse connections for ten seconds',
    tells: 'Nothing can be sent, so nothing is in doubt: the payer may try again at once.',
    fault: { kind: 'refuse', on: 'any', durationMs: 10_000 },
  },
  amount: {
    label: 'Answer with another amount',
    tells:
      'Evidence that does not match is not believed: the payment is in doubt until a call or an inquiry says what was charged.',
    fault: { kind: 'wrong-amount', on: 'charge' },
  },
}
