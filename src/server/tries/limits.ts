import { failure } from '../../errors.ts'
import type { TryStore } from './try-store.ts'

/** What is about to be sent to the provider. */
export interface Try {
  /** `card`: a card form. `page`: a page of the provider is opened, where the provider counts the cards itself. */
  readonly kind: 'card' | 'page'
  readonly orderId: string
  readonly session: string | undefined
  /** The payer's address, as far as it is known. */
  readonly address: string | undefined
  /** In memory only; undefined before it is typed. */
  readonly cardNumber?: string
}

/** So many tries within so long. A try counts from when it is about to be sent until its window is over. */
export interface TryLimit {
  readonly max: number
  readonly withinMs: number
}

/** How often may be tried to pay, before a payer is asked to wait or to pay another way. Tries that were paid do not count. */
export interface TryLimits {
  /** Card forms of one order. */
  readonly order: TryLimit
  /** Card forms with one card number, whatever the order. */
  readonly card: TryLimit
  /** Card forms of one browser session. */
  readonly session: TryLimit
  /** Card forms from one IPv4 address, or one /64 of IPv6. */
  readonly address: TryLimit
  /** Card forms of all payers together. Default: no limit. It stops honest payers too: set it above what the shop has ever seen. */
  readonly everyone: TryLimit | undefined
  /** Pages of a provider opened for one order. */
  readonly pagesOfOrder: TryLimit
  readonly pagesOfSession: TryLimit
  readonly pagesOfAddress: TryLimit
}

export type LimitName = keyof TryLimits

/** As `HttpOptions` takes them. */
export interface TryOptions extends Partial<TryLimits> {
  /** Default: `memoryTries()`, which forgets at a restart. */
  readonly store?: TryStore
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The reasons for each are in docs/how-to/stop-card-testing.md. */
export const defaultTryLimits: TryLimits = {
  order: { max: 3, withinMs: DAY_MS },
  card: { max: 5, withinMs: DAY_MS },
  session: { max: 10, withinMs: HOUR_MS },
  address: { max: 30, withinMs: HOUR_MS },
  everyone: undefined,
  pagesOfOrder: { max: 10, withinMs: DAY_MS },
  pagesOfSession: { max: 20, withinMs: HOUR_MS },
  pagesOfAddress: { max: 60, withinMs: HOUR_MS },
}

const OF_KIND: Readonly<Record<Try['kind'], readonly LimitName[]>> = {
  card: ['order', 'card', 'session', 'address', 'everyone'],
  page: ['pagesOfOrder', 'pagesOfSession', 'pagesOfAddress'],
}

export const limitsOf = (kind: Try['kind']): readonly LimitName[] => OF_KIND[kind]

const MAX_MAX = 100_000
const WITHIN_MS_MIN = 1_000
const WITHIN_MS_MAX = 30 * DAY_MS

/** @throws CF_CONFIG naming the limit and what is allowed. */
export function tryLimitsFrom({ store: _, ...given }: TryOptions): TryLimits {
  for (const [name, limit] of Object.entries(given)) {
    if (!(name in defaultTryLimits)) {
      throw wrong(name, `is not known; there are store, ${Object.keys(defaultTryLimits).join(', ')}`)
    }
    if (limit === undefined) continue
    const { max, withinMs, ...more } = limit
    const unknown = Object.keys(more)[0]
    if (unknown !== undefined) throw wrong(`${name}.${unknown}`, 'is not known; there are max, withinMs')
    if (!isWhole(max, 1, MAX_MAX)) throw wrong(`${name}.max`, `must be a whole number from 1 to ${MAX_MAX}`)
    if (!isWhole(withinMs, WITHIN_MS_MIN, WITHIN_MS_MAX)) {
      throw wrong(`${name}.withinMs`, `must be a whole number from ${WITHIN_MS_MIN} to ${WITHIN_MS_MAX}`)
    }
  }
  const present = Object.fromEntries(Object.entries(given).filter(([, limit]) => limit !== undefined))
  return { ...defaultTryLimits, ...present }
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
}

function wrong(name: string, rule: string): Error {
  return failure('CF_CONFIG', `http(cf, { tries }): tries.${name} ${rule}`)
}
