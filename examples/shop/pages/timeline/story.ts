/** Who takes part in a payment, from left to right. */
export const LANES = ['payer', 'counterfoil', 'provider', 'shop'] as const

export type Lane = (typeof LANES)[number]

export const LANE_NAMES: Readonly<Record<Lane, string>> = {
  payer: 'Payer',
  counterfoil: 'Counterfoil',
  provider: 'Provider',
  shop: 'Shop',
}

export type Tone = 'plain' | 'sent' | 'good' | 'bad'

/** One line of the story: a word from one to another, or something that Counterfoil came to on its own. */
export interface Row {
  readonly kind: 'word' | 'mark'
  readonly from: Lane
  readonly to: Lane
  tone: Tone
  words: string
  /** The provider's own code, or what else is small print. */
  code: string | undefined
  /** It stood in the journal before it was sent. */
  readonly writtenFirst: boolean
  /** There was an answer to it in the same breath. */
  isAnswered: boolean
  /** It did not get there. */
  readonly isLost: boolean
  /** The same happened so often in a row; it is told once. */
  times: number
  /** When it was written down; of what happened several times, when it was last. */
  atMs: number
  /** The commit that it was written down with. */
  version: number
}

/** From one row to another somebody waits for somebody, or nobody knows what has become of the money. */
export interface Span {
  readonly kind: 'waits' | 'doubt'
  readonly who: Lane
  readonly forWhom: Lane
  /** In words: 'Counterfoil waits for the provider'. */
  readonly words: string
  readonly fromRow: number
  /** Undefined while it goes on. */
  toRow: number | undefined
}

/** A payment as it went between those who take part in it. */
export interface Story {
  readonly rows: readonly Row[]
  readonly spans: readonly Span[]
}

export function waits(who: Lane, forWhom: Lane, words: string): Omit<Span, 'fromRow' | 'toRow'> {
  return { kind: 'waits', who, forWhom, words }
}

export const IN_DOUBT: Omit<Span, 'fromRow' | 'toRow'> = {
  kind: 'doubt',
  who: 'counterfoil',
  forWhom: 'provider',
  words: 'in doubt: it may have happened, nobody knows yet',
}
