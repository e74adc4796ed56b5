/**
 * The states of an operation (design 5.2) as data. The runner, the docs and the property tests all read this
 * table; a move that it does not list is a bug and throws.
 *
 *                 +--> challenged --> intended (next leg)        modifications:
 *                 +--> awaiting-payer --+                          intended --> accepted --> done
 *   intended -----+--> pending ---------+--> approved | ...                \------------> failed | not-sent
 *                 +--> awaiting-ack ----+
 *                 +--> approved | declined | not-sent | invalid | abandoned | not-seen | mismatch
 */
export type OperationState =
  | 'intended'
  | 'challenged'
  | 'awaiting-payer'
  | 'pending'
  | 'awaiting-ack'
  | 'accepted'
  | 'approved'
  | 'done'
  | 'declined'
  | 'not-sent'
  | 'invalid'
  | 'abandoned'
  | 'failed'
  | 'not-seen'
  | 'mismatch'

export interface OperationStateEntry {
  /** Whether money may be live at the PSP in this state. */
  readonly live: 'yes' | 'no' | 'unknown'
  /** What a charge in this state does with its order: keeps it, claims it or lets it go. */
  readonly order: 'holds' | 'claims' | 'releases'
  /** An end never changes; what comes later is a fact. */
  readonly end: boolean
  readonly leadsTo: readonly OperationState[]
  readonly meaning: string
}

export const operationStates: Readonly<Record<OperationState, OperationStateEntry>> = {
  intended: {
    live: 'unknown',
    order: 'holds',
    end: false,
    leadsTo: [
      'intended',
      'challenged',
      'awaiting-payer',
      'pending',
      'awaiting-ack',
      'accepted',
      'approved',
      'done',
      'declined',
      'not-sent',
      'invalid',
      'abandoned',
      'failed',
      'not-seen',
      'mismatch',
    ],
    meaning: 'Written down and perhaps sent; in doubt once its owner is gone or the answer was unclear.',
  },
  challenged: {
    live: 'no',
    order: 'holds',
    end: false,
    leadsTo: ['intended', 'abandoned'],
    meaning: 'The payer must prove who they are; nothing happens without our next leg.',
  },
  'awaiting-payer': {
    live: 'unknown',
    order: 'holds',
    end: false,
    leadsTo: ['approved', 'pending', 'abandoned', 'mismatch'],
    meaning: "The provider's page is open; the payer may pay at any moment.",
  },
  pending: {
    live: 'unknown',
    order: 'holds',
    end: false,
    leadsTo: ['approved', 'declined', 'abandoned', 'not-seen', 'mismatch'],
    meaning: 'The provider said "in progress".',
  },
  'awaiting-ack': {
    live: 'unknown',
    order: 'holds',
    end: false,
    leadsTo: ['approved', 'abandoned'],
    meaning: 'The provider waits for our acknowledgement and cancels without it.',
  },
  accepted: {
    live: 'unknown',
    order: 'holds',
    end: false,
    leadsTo: ['intended', 'done', 'failed'],
    meaning:
      'A modification was received for processing, not done. (A reversal that shows no effect is sent again: intended, next leg.)',
  },
  approved: {
    live: 'yes',
    order: 'claims',
    end: true,
    leadsTo: [],
    meaning: 'The money is promised or taken.',
  },
  done: { live: 'yes', order: 'claims', end: true, leadsTo: [], meaning: 'The modification took effect.' },
  declined: {
    live: 'no',
    order: 'releases',
    end: true,
    leadsTo: [],
    meaning: 'The provider or the bank said no.',
  },
  'not-sent': {
    live: 'no',
    order: 'releases',
    end: true,
    leadsTo: [],
    meaning: 'No byte left this machine.',
  },
  invalid: {
    live: 'no',
    order: 'releases',
    end: true,
    leadsTo: [],
    meaning: 'The provider answered that it never processed the request.',
  },
  abandoned: {
    live: 'no',
    order: 'releases',
    end: true,
    leadsTo: [],
    meaning: 'Cancelled, reversed or expired, by evidence.',
  },
  failed: {
    live: 'no',
    order: 'releases',
    end: true,
    leadsTo: [],
    meaning: 'The modification did not happen.',
  },
  'not-seen': {
    live: 'no',
    order: 'releases',
    end: true,
    leadsTo: [],
    meaning: "Closed by the waiting rule, or by people's word; asked again after 1 h, 24 h and 7 d.",
  },
  mismatch: {
    live: 'yes',
    order: 'holds',
    end: true,
    leadsTo: [],
    meaning: 'Our reference, but another amount or currency; held until its reversal is done.',
  },
}

/** True when no event changes the state any more. */
export function isEnd(state: OperationState): boolean {
  return operationStates[state].end
}
