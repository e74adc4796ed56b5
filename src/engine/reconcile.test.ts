import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CounterfoilError } from '../errors.ts'
import { worldpay } from '../gateways/worldpay/index.ts'
import { secret } from '../gateway/secret.ts'
import type { SettlementKind, SettlementLine } from '../settlement/line.ts'
import type { Counterfoil, ReconciledBatch } from './api.ts'
import { type Bed, card, cardModule, NUMBER, onBed, RARELY, settle } from './bed.test-data.ts'

const DAY_MS = 86_400_000

let lineNumber = 1

function line(
  reference: string,
  kind: SettlementKind = 'captured',
  more: Partial<SettlementLine> = {},
): SettlementLine {
  lineNumber++
  const money = { amountMinor: 1999n, feeMinor: 30n, currency: 'GBP' }
  return { lineNumber, reference, kind, ...money, atMs: Date.UTC(2026, 0, 1), occurrence: 1, ...more }
}

async function compare(cf: Counterfoil, ...lines: readonly SettlementLine[]): Promise<ReconciledBatch> {
  const batch = await cf.reconcile({ gateway: 'worldpay', report: 'january.csv', lines })
  await settle()
  return batch
}

const outcomes = ({ lines }: ReconciledBatch): readonly string[] =>
  lines.map(({ outcome, caseReason }) => (caseReason === undefined ? outcome : `${outcome}: ${caseReason}`))

async function paid(bed: Bed, cf: Counterfoil, orderId = 'order-1', holder?: string) {
  bed.order(orderId, 1999n)
  const request = {
    orderId,
    key: `key-of-${orderId}`,
    ...(holder === undefined ? {} : { card: card(holder) }),
  }
  const { id } = await cf.pay(bed.request(request))
  return { id, reference: bed.charge(id).reference }
}

const settledIn = (bed: Bed, id: string): number =>
  bed.store.history(id).flatMap(({ events }) => events.filter(({ type }) => type === 'settled')).length

const code = (wanted: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CounterfoilError)
  assert.equal(error.code, wanted)
  assert.match(error.message, words)
  return true
}

describe('comparing lines of a report', () => {
  it(
    'answers in the order of the lines, groups them by payment, and tells what is about none',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: RARELY })
      const [one, two] = [await paid(bed, cf), await paid(bed, cf, 'order-2')]
      const batch = await compare(
        cf,
        line(two.reference),
        line('nobodys-1'),
        line('', 'fee', { amountMinor: 0n, feeMinor: 500n }),
        line(one.reference),
        line(one.reference, 'refunded', { amountMinor: 5000n, feeMinor: 0n }),
        line('nobodys-2', 'captured', { modification: two.reference, atMs: 5 }),
      )
      assert.deepEqual(outcomes(batch), [
        'agrees',
        'no-payment',
        'account-fee',
        'agrees',
        'unknown-here: settlement-differs',
        'twice: settlement-differs',
      ])
      assert.deepEqual(
        batch.lines.map(({ paymentId }) => paymentId),
        [two.id, undefined, undefined, one.id, one.id, two.id],
      )
      assert.match(
        batch.lines[1]?.text ?? '',
        /^captured 19\.99 GBP on \d{4}-\d\d-\d\d: no payment of this account has the reference nobodys-1$/,
      )
      assert.deepEqual(
        batch.totals.map(({ account, amountMinor }) => [account, amountMinor]),
        [
          ['fees', 620n],
          ['receivable', -(3n * 1999n - 5000n)],
          ['bank', 4n * 1999n - 5000n - 620n],
          ['suspense', -1999n],
        ],
      )
      assert.equal(
        bed.appends.filter(({ change }) => change.payment?.events[0]?.type === 'settled').length,
        2,
      )
    }),
  )

  it(
    'writes each line once, however many nodes compare it, and whatever becomes of the answer',
    onBed(async (bed) => {
      const [cf, other] = [await bed.engine({ limits: RARELY }), await bed.engine({ limits: RARELY })]
      const { id, reference } = await paid(bed, cf)
      const lines = [line(reference), line(reference, 'refunded', { amountMinor: 5000n })]
      const both = await Promise.all([compare(cf, ...lines), compare(other, ...lines)])
      assert.equal(settledIn(bed, id), 2)
      assert.equal(bed.reasons(id).length, 1)
      for (const batch of both) {
        assert.deepEqual(
          batch.lines.map(({ outcome }) => outcome),
          ['agrees', 'unknown-here'],
        )
      }
      const repeated = both.map(({ lines: found }) => found.map((one) => one.repeated).join(' '))
      assert.deepEqual(new Set(repeated), new Set(['false false', 'true true']))
      const [first, second] = [
        line(reference, 'fee', { amountMinor: 0n }),
        line(reference, 'fee', { amountMinor: 0n, feeMinor: 7n }),
      ]
      await Promise.all([compare(cf, first), compare(other, second)])
      assert.equal(settledIn(bed, id), 4, 'who was slower has written after all')
      const late = line(reference, 'fee', { amountMinor: 0n, feeMinor: 9n })
      let lost = 0
      bed.journalFault = () => (lost++ === 0 ? 'after' : undefined)
      const comparing = cf.reconcile({ gateway: 'worldpay', report: 'late.csv', lines: [late] })
      await bed.advance(5_000)
      assert.deepEqual(
        (await comparing).lines.map(({ outcome, repeated }) => [outcome, repeated]),
        [['agrees', true]],
      )
      assert.equal(settledIn(bed, id), 5)
    }),
  )

  it(
    'lets the shop hear of a chargeback that no notification has told, once',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: RARELY })
      const { id, reference } = await paid(bed, cf)
      const lines = [line(reference), line(reference, 'charged-back')]
      assert.deepEqual(outcomes(await compare(cf, ...lines)), ['agrees', 'unknown-here: charged-back'])
      assert.deepEqual(bed.reasons(id), ['charged-back'])
      assert.equal(bed.words().filter((word) => word === 'changed').length, 1)
      await compare(cf, ...lines)
      assert.equal(bed.words().filter((word) => word === 'changed').length, 1)
      assert.equal(bed.payment(id).status, 'disputed')
    }),
  )

  it(
    'asks the provider at once about a charge that was declined here and is paid out',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: RARELY })
      const { id, reference } = await paid(bed, cf, 'order-1', 'REFUSED')
      assert.deepEqual(outcomes(await compare(cf, line(reference))), ['live: settlement-differs'])
      assert.equal(bed.charge(id).nextTryAtMs, bed.clock.nowMs)
      await bed.advance(2 * RARELY.dueEveryMs)
      assert.deepEqual(bed.operations(id), ['sale declined'])
      assert.equal(bed.charge(id).nextTryAtMs, undefined, 'the provider says the same as before')
    }),
  )

  it(
    'writes down no number that looks like a card number',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: RARELY })
      const { id, reference } = await paid(bed, cf)
      await compare(cf, line(reference), line(reference, 'charged-back', { pspReference: `T${NUMBER}` }))
      const [fact] = bed.store
        .history(id)
        .flatMap(({ events }) => events.filter(({ type }) => type === 'fact-recorded'))
      assert.ok(fact?.type === 'fact-recorded')
      assert.equal(fact.evidence.pspReference, 'T****1111')
      const request = { gateway: 'worldpay', report: `${NUMBER}.csv`, lines: [line(reference)] }
      await assert.rejects(cf.reconcile(request), code('CF_QUERY', /in which no card number stands/))
    }),
  )

  it(
    'refuses what is out of range, and names what there is',
    onBed(async (bed) => {
      const other = worldpay({ environment: 'test', merchantCode: 'OTHER', password: secret('p') }).direct
      const modules = [cardModule(), cardModule({ gateway: other }, 'other')]
      const cf = await bed.engine({ modules, limits: RARELY })
      const { reference } = await paid(bed, cf)
      const lines = [line(reference)]
      const request = { gateway: 'worldpay', report: 'r', lines }
      await assert.rejects(cf.reconcile({ ...request, lines: [] }), code('CF_QUERY', /1 to 500/))
      const many = Array.from({ length: 501 }, () => line('x'))
      await assert.rejects(cf.reconcile({ ...request, lines: many }), code('CF_QUERY', /501; 1 to 500/))
      await assert.rejects(
        cf.reconcile({ ...request, gateway: 'opayo' }),
        code('CF_QUERY', /there are: worldpay/),
      )
      await assert.rejects(
        cf.reconcile({ ...request, account: 'X' }),
        code('CF_QUERY', /there are: COUNTERFOIL, OTHER/),
      )
      const elsewhere = await cf.reconcile({ ...request, account: 'OTHER' })
      assert.deepEqual(outcomes(elsewhere), ['no-payment'], "another account's report is not about it")
      const untilMs = bed.clock.nowMs
      await assert.rejects(
        cf.closeSettlement({ gateway: 'worldpay', untilMs }),
        code('CF_QUERY', /is of one account/),
      )
      const closing = { gateway: 'worldpay', account: 'OTHER', untilMs }
      await assert.rejects(
        cf.closeSettlement({ ...closing, untilMs: untilMs + 60_001 }),
        code('CF_QUERY', /is over/),
      )
      await assert.rejects(
        cf.closeSettlement({ ...closing, sinceMs: untilMs }),
        code('CF_QUERY', /after sinceMs/),
      )
      await assert.rejects(cf.closeSettlement({ ...closing, limit: 501 }), code('CF_QUERY', /1 to 500/))
      assert.equal((await cf.closeSettlement(closing)).looked, 0)
    }),
  )
})

describe('closing a period', () => {
  it(
    'goes through all payments page by page, and opens a case for each that is in no report, once',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: { ...RARELY, doubtCaseAfterMs: 30 * DAY_MS } })
      const all = []
      for (let number = 0; number < 5; number++) all.push(await paid(bed, cf, `order-${number}`))
      await compare(cf, line(all[1]?.reference ?? ''), line(all[3]?.reference ?? ''))
      await bed.advance(4 * DAY_MS - 1)
      const close = async () => {
        const missing: string[] = []
        const pages: number[] = []
        let before: string | undefined
        do {
          const untilMs = bed.clock.nowMs
          const more = before === undefined ? {} : { before }
          const page = await cf.closeSettlement({ gateway: 'worldpay', untilMs, limit: 2, ...more })
          pages.push(page.looked)
          missing.push(...page.missing.map(({ orderId }) => orderId))
          before = page.next
        } while (before !== undefined)
        return { missing, pages }
      }
      assert.deepEqual((await close()).missing, [], 'the provider has still time')
      await bed.advance(10_000)
      const expected = ['order-4', 'order-2', 'order-0']
      assert.deepEqual((await close()).missing.toSorted(), expected.toSorted())
      assert.deepEqual((await close()).pages, [2, 2, 1])
      assert.deepEqual(
        all.map(({ id }) => bed.reasons(id)),
        [['settlement-missing'], [], ['settlement-missing'], [], ['settlement-missing']],
      )
      const late = await compare(cf, line(all[0]?.reference ?? ''))
      assert.deepEqual(outcomes(late), ['agrees'])
      const { missing } = await close()
      assert.equal(missing.includes('order-0'), false)
      const since = { gateway: 'worldpay', untilMs: bed.clock.nowMs, sinceMs: bed.clock.nowMs - DAY_MS }
      const recent = await cf.closeSettlement(since)
      assert.deepEqual(
        [recent.looked, recent.next],
        [0, undefined],
        'what was opened before is not looked at',
      )
    }),
  )
})

describe('the ledger', () => {
  it(
    'says what the provider has still to pay out, and nothing of a payment that is not there',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: RARELY })
      const { id, reference } = await paid(bed, cf)
      const due = async () => (await cf.ledger(id))?.totals.find(({ account }) => account === 'receivable')
      assert.equal((await due())?.amountMinor, 1999n)
      await compare(cf, line(reference))
      assert.equal((await due())?.amountMinor, 0n)
      assert.equal(await cf.ledger('nobody'), undefined)
    }),
  )
})
