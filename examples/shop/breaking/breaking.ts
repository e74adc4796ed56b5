import type { MailSink } from '../mail-sink.ts'
import type { BreakableDatabase } from './breakable-database.ts'
import type { MovableClock } from './movable-clock.ts'
import type { SuddenDeath } from './sudden-death.ts'

/** What can be broken here, and the handles to do it with. A shop without it has no such page. */
export interface Breaking {
  readonly database: Pick<BreakableDatabase, 'isAway'>
  readonly mail: Pick<MailSink, 'isAway' | 'setAway'>
  readonly clock: Pick<MovableClock, 'aheadMs' | 'putAhead' | 'putRight'>
  readonly death: SuddenDeath
  /** Whether somebody starts the process again when it dies, and how often that has happened. */
  readonly supervisor: { readonly restarts: number } | undefined
}

const HOUR_MS = 60 * 60 * 1000

/** How far the clock goes ahead at once: just past what the engine asks about again after an hour, a day, a week. */
export const CLOCK_STEPS = {
  '1h': { label: '+ 1 hour', short: '+1 h', ms: HOUR_MS },
  '1d': { label: '+ 1 day', short: '+1 d', ms: 24 * HOUR_MS },
  '8d': { label: '+ 8 days', short: '+8 d', ms: 8 * 24 * HOUR_MS },
} as const

/** In words for every page, so that nobody forgets what they have broken. */
export function brokenNow({ database, mail, clock, death }: Breaking): readonly string[] {
  return [
    ...(database.isAway ? ["the shop's database is away"] : []),
    ...(mail.isAway() ? ['the mail server is away'] : []),
    ...(clock.aheadMs > 0 ? [`the clock is ${aheadWords(clock.aheadMs)} ahead`] : []),
    ...(death.isArmed ? ['the process dies at the next word of the provider'] : []),
  ]
}

/**
 * @example
 * aheadWords(90_000_000) // '1 day and 1 hour'
 */
export function aheadWords(aheadMs: number): string {
  const hours = Math.round(aheadMs / HOUR_MS)
  const days = Math.floor(hours / 24)
  const parts = [counted(days, 'day'), counted(hours % 24, 'hour')].filter((part) => part !== undefined)
  return parts.length === 0 ? 'a moment' : parts.join(' and ')
}

function counted(count: number, noun: string): string | undefined {
  return count === 0 ? undefined : `${count} ${noun}${count === 1 ? '' : 's'}`
}
