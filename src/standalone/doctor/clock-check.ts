import { type CheckResult, fail, ok, together, warn } from './check.ts'
import type { Asked } from './provider-inquiry.ts'

const SECOND_MS = 1_000
const WELL_MS = 5 * SECOND_MS
const BAD_MS = 60 * SECOND_MS
/** An HTTP date has whole seconds: on average the moment is half a second later. */
const HALF_A_SECOND_MS = 500

/** This machine's clock beside those of the providers, as the Date of their answers tells it. */
export function checkClock(asked: readonly Asked[]): CheckResult {
  return together(asked.map(checkOne))
}

function checkOne({ host, sent, askedAtMs, answeredAtMs }: Asked): CheckResult {
  const todo = 'Compare the clock by hand: timedatectl.'
  if (sent.kind !== 'answered') return warn('no provider answered, to compare it with', todo)
  const theirsMs = Date.parse(sent.answer.headers['date'] ?? '')
  if (Number.isNaN(theirsMs)) return warn(`the answer of ${host} has no Date to compare it with`, todo)
  return judgeClock((askedAtMs + answeredAtMs) / 2 - theirsMs - HALF_A_SECOND_MS, host ?? '')
}

/** `aheadMs` is how much later it is here than there. */
export function judgeClock(aheadMs: number, host: string): CheckResult {
  const seconds = (Math.abs(aheadMs) / SECOND_MS).toFixed(1)
  const text = `${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} ${host}`
  const todo = 'Let NTP keep the clock: timedatectl set-ntp true.'
  if (Math.abs(aheadMs) > BAD_MS) return fail(text, todo)
  if (Math.abs(aheadMs) > WELL_MS) return warn(text, todo)
  return ok(text)
}
