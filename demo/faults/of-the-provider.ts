import type { FaultRequest } from '../../src/simulators/worldpay/index.ts'
import { doubted, endedBy, eventsOf, firstCharge, type OrderBooks, saw, wasExecuted } from '../evidence.ts'
import type { Act, Fault } from '../fault.ts'
import { ways } from '../payer.ts'
import { playOneAfterAnother } from '../play.ts'

/** Longer than a payer's form waits (1.5 s), shorter than the engine does (10 s). */
const LATE_MS = 2_500
/** Longer than the engine waits. */
const AFTER_THE_TIMEOUT_MS = 11_000
/** So long the engine waits for an answer, and a little more. */
const HELD_MS = 10_500
/** An inquiry is made within a second of the doubt. */
const UNASKABLE_MS = 1_500

const byCard = ways.filter((way) => way !== 'next page')

/** The provider's answer to a charge is broken: it is in doubt until an inquiry tells. */
function broken(
  name: string,
  fault: Omit<FaultRequest, 'on'>,
  why: RegExp,
  expected: 'executed' | 'not executed',
  rest: Partial<Fault> = {},
): Fault {
  return {
    name,
    ways: byCard,
    weather: [{ ...fault, on: 'charge' }],
    evidence: (books) =>
      struck(books) && doubted(books, why) && wasExecuted(books) === (expected === 'executed'),
    ...rest,
  }
}

const struck = (books: OrderBooks): boolean => saw(books, 'struck by the provider')
const TIMEOUT = /no whole answer within/

/** Of all, since nobody can tell whose inquiry it will be. */
const inquiryNotAnswered: Fault = {
  name: 'inquiry not answered',
  ways: byCard,
  weather: [
    { kind: 'cut', on: 'charge' },
    { kind: 'http-error', on: 'inquiry' },
  ],
  lastsMs: UNASKABLE_MS,
  evidence: (books) =>
    struck(books) &&
    wasExecuted(books) &&
    eventsOf(books).some((event) => event.type === 'operation-inquired' && event.found === 'unavailable'),
}

/** In the order of the page, which is that of the reliability catalogue. */
export const ofTheProvider: readonly Fault[] = [
  broken('connection reset, not charged', { kind: 'cut', when: 'before' }, /ECONNRESET/, 'not executed'),
  broken('connection reset, charged', { kind: 'cut' }, /ECONNRESET/, 'executed'),
  broken('answer cut in the middle', { kind: 'cut', atByte: 180 }, /no usable answer/, 'executed'),
  broken('no answer, charged', { kind: 'hang' }, TIMEOUT, 'executed', { holdsMs: HELD_MS }),
  broken('no answer, declined', { kind: 'hang' }, TIMEOUT, 'executed', {
    ways: ['card', 'card on dispatch'],
    holder: 'REFUSED',
    holdsMs: HELD_MS,
    evidence: (books) => struck(books) && doubted(books, TIMEOUT) && endedBy(books, 'declined', 'inquiry'),
  }),
  broken('no answer, not charged', { kind: 'hang', when: 'before' }, TIMEOUT, 'not executed', {
    holdsMs: HELD_MS,
    evidence: (books) => struck(books) && doubted(books, TIMEOUT) && endedBy(books, 'not-seen', 'inquiry'),
  }),
  {
    name: 'late answer',
    ways: byCard,
    weather: [{ kind: 'late', on: 'charge', delayMs: LATE_MS }],
    evidence: (books) => {
      const { intendedAtMs = 0, evidence } = firstCharge(books) ?? {}
      return struck(books) && evidence?.source === 'answer' && evidence.atMs - intendedAtMs >= LATE_MS
    },
  },
  broken('error 503, charged', { kind: 'http-error' }, /HTTP 503/, 'executed'),
  broken('error 503, not charged', { kind: 'http-error', when: 'before' }, /HTTP 503/, 'not executed'),
  broken('a web page as the answer', { kind: 'html' }, /not the XML/, 'executed'),
  broken('truncated answer', { kind: 'truncated' }, /not the XML.*unclosed/, 'executed'),
  broken('answer about another order', { kind: 'wrong-reference' }, /about another order/, 'executed'),
  broken('answer with another amount', { kind: 'wrong-amount' }, /AUTHORISED/, 'executed'),
  broken('answer in another currency', { kind: 'wrong-currency' }, /AUTHORISED/, 'executed'),
  broken('duplicate at the first try', { kind: 'duplicate-text' }, /Duplicate Order/, 'executed'),
  broken(
    'service not available, charged',
    { kind: 'unavailable', when: 'after' },
    /not available/,
    'executed',
  ),
  inquiryNotAnswered,
  {
    name: 'registration not answered',
    ways: ['next page'],
    weather: [{ kind: 'cut', on: 'charge' }],
    evidence: (books) =>
      struck(books) &&
      doubted(books, /ECONNRESET/) &&
      eventsOf(books).some(({ type }) => type === 'operation-retried'),
  },
  broken(
    'charged after the timeout',
    { kind: 'process-late', delayMs: AFTER_THE_TIMEOUT_MS },
    TIMEOUT,
    'executed',
    { holdsMs: HELD_MS },
  ),
]

/** The provider does not call either, so that only asking tells. */
export const answersAct: Act = {
  name: 'the provider answers wrong, late or never, and its calls are lost',
  faults: ofTheProvider.filter((fault) => fault !== inquiryNotAnswered),
  weather: [{ kind: 'notification-lost', on: 'notification' }],
  play: playOneAfterAnother,
}

/** Early, as every inquiry that fails is asked again later each time. */
export const unaskableAct: Act = {
  name: 'the provider does not answer inquiries',
  faults: [inquiryNotAnswered],
  weather: [{ kind: 'notification-lost', on: 'notification' }],
  play: playOneAfterAnother,
}
