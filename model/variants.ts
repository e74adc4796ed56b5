/** One search: a model, what is changed of it, and what must come of it. */
export interface Variant {
  readonly name: string
  readonly model: 'charge' | 'modification'
  /** Macros: M_ is a deliberate mistake, A_ an assumption taken away, the rest are bounds. */
  readonly flags: readonly string[]
  /** The invariant that must refute it, by the letters before its name; or that all of them hold. */
  readonly expected: 'holds' | 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S7' | 'L1' | 'F17'
  /** Stories that cannot be reached in it; every other one must be (nothing holds for want of a story). */
  readonly unreached?: readonly string[]
  /** So many states that they are kept in less room, which takes more time. */
  readonly isLarge?: boolean
  /** A counterexample is looked for no deeper than this: the shortest is short, and the search goes deep first. */
  readonly depthMax?: number
}

const FOUND_LATE = 'found live after the waiting rule, and reversed'

/** What must hold, in bounds that take seconds. */
const sound: readonly Variant[] = [
  {
    name: 'charge: two payments',
    model: 'charge',
    flags: [],
    expected: 'holds',
    unreached: [FOUND_LATE],
  },
  {
    name: 'charge: one payment, delivered at any time',
    model: 'charge',
    flags: ['N=1', 'A_NO_DELIVERY_BOUND', 'EXCEPT_NOT_SEEN'],
    expected: 'holds',
  },
  { name: 'modification: three wishes', model: 'modification', flags: ['WISHES=3'], expected: 'holds' },
]

/** The same in larger bounds, the longest first. */
const soundAtLength: readonly Variant[] = [
  {
    name: 'charge: three payments',
    model: 'charge',
    flags: ['N=3', 'WITHOUT_WRONG_AMOUNTS', 'WITHOUT_CLOSING'],
    expected: 'holds',
    isLarge: true,
    unreached: [FOUND_LATE],
  },
  {
    name: 'charge: two payments, delivered at any time',
    model: 'charge',
    flags: ['A_NO_DELIVERY_BOUND', 'EXCEPT_NOT_SEEN', 'WITHOUT_WRONG_AMOUNTS', 'WITHOUT_CLOSING'],
    expected: 'holds',
    isLarge: true,
  },
  { name: 'modification: four wishes', model: 'modification', flags: [], expected: 'holds' },
]

function mistake(
  model: Variant['model'],
  flag: string,
  expected: Variant['expected'],
  more: { readonly flags?: readonly string[]; readonly depthMax?: number } = {},
): Variant {
  const words = flag
    .replace(/^[MA]_/, '')
    .toLowerCase()
    .replaceAll('_', ' ')
  const calm = expected === 'L1' ? [] : ['SAFETY_ALONE']
  const { flags = [], ...rest } = more
  return { name: `${model}: ${words}`, model, flags: [flag, ...calm, ...flags], expected, ...rest }
}

/** What must be refuted, and by what. The first ten are the mistakes that the design names. */
const mistakes: readonly Variant[] = [
  mistake('charge', 'M_SEND_FIRST', 'S2'),
  mistake('charge', 'M_NO_FENCE', 'S5', { flags: ['WITHOUT_CLOSING'] }),
  mistake('charge', 'M_NOT_FOUND_CLOSES', 'S3'),
  mistake('charge', 'M_TIMEOUT_IS_DECLINE', 'S3'),
  mistake('charge', 'M_NO_LOCK', 'S1', { depthMax: 25 }),
  mistake('charge', 'M_BLIND_CALLBACK', 'S5'),
  mistake('charge', 'M_UNJOURNALED_REVERSAL', 'S2'),
  mistake('charge', 'M_NO_SEND_DEADLINE', 'S3'),
  mistake('charge', 'M_NO_LAG', 'S3'),
  mistake('charge', 'M_PSP_NO_DEDUP', 'S1'),

  mistake('charge', 'M_FORGED_NOTIFICATION', 'S4'),
  mistake('charge', 'M_RECEIPT_IS_DONE', 'S3'),
  mistake('charge', 'M_FROZEN_IS_CONCLUDED', 'S4'),
  mistake('charge', 'M_MISMATCH_RELEASES', 'S1', { depthMax: 40 }),
  mistake('charge', 'M_CLOSED_ORDER_IS_CLAIMED', 'F17'),
  mistake('charge', 'A_NO_DELIVERY_BOUND', 'S3'),
  mistake('charge', 'M_NOT_SEEN_IS_FORGOTTEN', 'L1', {
    flags: ['N=1', 'A_NO_DELIVERY_BOUND', 'EXCEPT_NOT_SEEN'],
  }),

  mistake('modification', 'M_SEND_FIRST', 'S2'),
  mistake('modification', 'M_NOT_FOUND_CLOSES', 'S3'),
  mistake('modification', 'M_TIMEOUT_IS_FAILURE', 'S3'),
  mistake('modification', 'M_RECEIPT_IS_DONE', 'S4'),
  mistake('modification', 'M_NEXT_DOES_NOT_WAIT', 'S4'),
  mistake('modification', 'M_OLD_BALANCE_COUNTS', 'S4'),
  mistake('modification', 'M_UNBOOKED_IS_REFUNDED', 'S4'),
  mistake('modification', 'M_OLD_FAILURE_COUNTS', 'S3'),
  mistake('modification', 'M_KEY_IS_FORGOTTEN', 'S7'),
  mistake('modification', 'M_NO_VERSION', 'S7'),
]

/** `npm run model -- --quick`. */
export const quickVariants: readonly Variant[] = [...sound, ...mistakes]

/** `npm run model`. */
export const allVariants: readonly Variant[] = [...soundAtLength, ...sound, ...mistakes]
