import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { FactName, SettlementKind } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
import type { Payment } from '../payment/state.ts'
import { AMOUNT_MINOR, finding, START_MS, Story } from '../payment/story.test-data.ts'
import {
  addTotals,
  ledgerAccounts,
  ledgerOf,
  ledgerTotals,
  settledRecord,
  type LedgerTotal,
} from './ledger.ts'
import { settlementKinds } from './line.ts'
import { approved, compared, DAY_MS, done, line } from './report.test-data.ts'

/** One thing that can happen to an approved charge, or a line that a report can have of it. */
type Step =
  | {
      readonly asks: 'capture' | 'refund'
      readonly amountMinor: bigint
      readonly ends: 'done' | 'accepted' | 'refused'
    }
  | { readonly asks: 'reversal' }
  | { readonly fact: FactName; readonly amountMinor: bigint }
  | {
      readonly settles: SettlementKind
      readonly amountMinor: bigint
      readonly feeMinor: bigint
      readonly euro: boolean
    }

const amountMinor = fc.bigInt({ min: 1n, max: AMOUNT_MINOR + 500n })
const facts: readonly FactName[] = [
  'captured',
  'captured-elsewhere',
  'refunded-elsewhere',
  'capture-failed',
  'refund-failed',
  'charged-back',
  'chargeback-reversed',
  'voided-elsewhere',
  'expired',
]
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    asks: fc.constantFrom('capture' as const, 'refund' as const),
    amountMinor,
    ends: fc.constantFrom('done' as const, 'accepted' as const, 'refused' as const),
  }),
  fc.constant({ asks: 'reversal' as const }),
  fc.record({ fact: fc.constantFrom(...facts), amountMinor }),
  fc.record({
    settles: fc.constantFrom(...settlementKinds),
    amountMinor,
    feeMinor: fc.bigInt({ min: -50n, max: 50n }),
    euro: fc.boolean(),
  }),
)

function play(story: Story, given: Step, index: number): void {
  if ('settles' in given) {
    const { settles, feeMinor, euro } = given
    const currency = euro ? 'EUR' : 'GBP'
    const atMs = START_MS + index * DAY_MS
    compared(story, line(settles, settles === 'fee' ? 0n : given.amountMinor, { feeMinor, currency, atMs }))
    return
  }
  if ('fact' in given) {
    const { evidence } = finding('approved', 'inquiry', story.nowMs)
    const { fact } = given
    const event = {
      type: 'fact-recorded',
      fact,
      reference: 'r1',
      amountMinor: given.amountMinor,
      evidence,
    } as const
    // Facts are recorded for what the balances have room for.
    if (isSound(fold(story.payment, [event]))) story.tell([event])
    return
  }
  const intended = story.intend(given.asks, given.asks === 'reversal' ? undefined : given.amountMinor)
  if ('refused' in intended) return
  const kind = given.asks === 'reversal' ? 'reversed' : given.ends
  story.conclude(
    intended.reference,
    finding(kind, given.asks === 'reversal' ? 'inquiry' : 'notification', story.nowMs),
  )
}

function isSound({ balances }: Payment): boolean {
  const { authorizedMinor, capturedMinor, capturingMinor, voidedMinor, refundedMinor, refundingMinor } =
    balances
  const takenMinor = capturedMinor + capturingMinor
  const isPositive = Object.values(balances).every((sum) => sum >= 0n)
  return (
    isPositive && takenMinor + voidedMinor <= authorizedMinor && refundedMinor + refundingMinor <= takenMinor
  )
}

const of = (totals: readonly LedgerTotal[], account: string, currency = 'GBP'): bigint =>
  totals.find((one) => one.account === account && one.currency === currency)?.amountMinor ?? 0n

/** The same by adding up what there is, without any double entry. */
function reference({ payment, events }: Story, currency: string): Readonly<Record<string, bigint>> {
  const { capturedMinor, capturingMinor, refundedMinor, refundingMinor, chargedBackMinor } = payment.balances
  const isOurs = currency === payment.currency
  const sales = isOurs ? -(capturedMinor + capturingMinor) : 0n
  const refunds = isOurs ? refundedMinor + refundingMinor : 0n
  const disputes = isOurs ? chargedBackMinor : 0n
  let [bank, fees] = [0n, 0n]
  for (const event of events) {
    if (event.type !== 'settled' || event.currency !== currency) continue
    const comes =
      event.kind === 'captured' || event.kind === 'refund-reversed' || event.kind === 'chargeback-reversed'
    bank += (comes ? event.amountMinor : -event.amountMinor) - event.feeMinor
    fees += event.feeMinor
  }
  return { sales, refunds, disputes, bank, fees, receivable: -sales - refunds - disputes - bank - fees }
}

describe('the ledger of a payment', () => {
  it('sums to zero with each record, and comes to what adding up comes to, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('sale' as const, 'authorize' as const),
        fc.array(step, { maxLength: 14 }),
        (kind, steps) => {
          const story = approved(kind)
          for (const [index, given] of steps.entries()) play(story, given, index)
          const history = story.events.map((event, index) => ({
            atMs: START_MS + index * DAY_MS,
            events: [event],
          }))
          const { records, totals } = ledgerOf(history)
          for (const { entries } of records) {
            assert.equal(
              entries.reduce((sum, one) => sum + one.amountMinor, 0n),
              0n,
            )
            assert.ok(entries.length >= 2, 'a record has two sides')
          }
          for (const currency of ['GBP', 'EUR']) {
            const expected = reference(story, currency)
            for (const account of ledgerAccounts) {
              assert.equal(of(totals, account, currency), expected[account] ?? 0n, `${account} ${currency}`)
            }
          }
          const middleMs = START_MS + 5 * DAY_MS
          const halves = addTotals(
            ledgerTotals(records, { untilMs: middleMs }),
            ledgerTotals(records, { fromMs: middleMs }),
          )
          assert.deepEqual(halves, totals, 'two periods are the whole')
        },
      ),
      { numRuns: 500 },
    )
  })

  it('has nothing due when the report agrees, and what is due until then', () => {
    const story = approved()
    done(story, 'refund', 500n)
    const totals = () => ledgerOf([{ atMs: START_MS, events: story.events }]).totals
    assert.equal(of(totals(), 'receivable'), AMOUNT_MINOR - 500n)
    compared(story, line('captured', AMOUNT_MINOR, { feeMinor: 30n }), line('refunded', 500n))
    assert.deepEqual(
      totals().map(({ account, amountMinor: sum }) => [account, sum]),
      [
        ['sales', -AMOUNT_MINOR],
        ['refunds', 500n],
        ['fees', 30n],
        ['receivable', 0n],
        ['bank', AMOUNT_MINOR - 500n - 30n],
      ],
    )
  })

  it('puts what is paid out for nobody on an account of its own', () => {
    const money = {
      kind: 'captured',
      amountMinor: 100n,
      feeMinor: 2n,
      currency: 'GBP',
      atMs: START_MS,
    } as const
    const totals = ledgerTotals([settledRecord(money, 'suspense')])
    assert.deepEqual([of(totals, 'bank'), of(totals, 'fees'), of(totals, 'suspense')], [98n, 2n, -100n])
  })

  it('is of a payment that was opened', () => {
    assert.throws(() => ledgerOf([]), RangeError)
    assert.deepEqual(ledgerOf([{ atMs: START_MS, events: new Story().events }]).totals, [])
  })
})
