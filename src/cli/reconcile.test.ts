import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { ModificationRequest } from '../engine/api.ts'
import type { FaultKind } from '../simulators/index.ts'
import { reconcileBed, type ReconcileBed } from './reconcile.test-data.ts'

const PAYMENTS = 200
const AT_ONCE = 10

/** One of ten lives of a payment, by its number. */
async function live(bed: ReconcileBed, number: number): Promise<void> {
  const { cf, simulator } = bed
  const isLater = number % 10 >= 6 && number % 10 <= 8
  const holder = number % 10 === 9 ? 'REFUSED' : 'Jane Doe'
  const { id, operations } = await bed.pay(`order-${number}`, { module: isLater ? 'later' : 'card', holder })
  const reference = operations[0]?.reference ?? ''
  const asked = (amountMinor?: bigint): ModificationRequest => ({
    paymentId: id,
    key: `${id}-${amountMinor}`,
    ...(amountMinor === undefined ? {} : { amountMinor }),
  })
  const captured = async (): Promise<void> => {
    await until(() => (simulator.worldpay.ledgerOf(reference)?.capturedMinor ?? 0n) > 0n)
  }
  switch (number % 10) {
    case 1:
      await cf.refund(asked())
      return
    case 2:
      await captured()
      await cf.refund(asked(700n))
      return
    case 3:
      await cf.cancel(asked())
      return
    case 4:
    case 5:
      await captured()
      simulator.worldpay.backOffice(reference, 'charge-back')
      if (number % 10 === 5) simulator.worldpay.backOffice(reference, 'reverse-charge-back')
      return
    case 6:
      await cf.capture(asked())
      return
    case 7:
      await cf.capture(asked(1200n))
      return
    case 8:
      await cf.void(asked())
      return
    default:
      return
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 3_000, 'it never came about')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('counterfoil reconcile', () => {
  it('finds 200 payments with refunds, chargebacks and reversals as the provider reports them, and the ledger even', async () => {
    await using bed = await reconcileBed()
    for (let number = 0; number < PAYMENTS; number += AT_ONCE) {
      const numbers = Array.from({ length: AT_ONCE }, (_, index) => number + index)
      await Promise.all(numbers.map((one) => live(bed, one)))
    }
    await bed.settled()
    const report = await bed.fetchReport()
    const until = new Date().toISOString()
    const ran = await bed.run(report, '--period-end', until)
    assert.deepEqual(ran.json.breaks, [])
    assert.deepEqual(ran.json.missing, [])
    assert.deepEqual([ran.code, ran.error], [0, ''])
    const rows = readFileSync(report, 'utf8').trimEnd().split('\r\n').length - 1
    assert.ok(rows > PAYMENTS, `${rows} lines`)
    assert.deepEqual(ran.json.outcomes, { agrees: rows })
    assert.equal(ran.json.looked, PAYMENTS)
    assert.match(ran.progress, /100 %, \d+ lines, 0 breaks/)

    const sum = (totals: readonly { amountMinor: string }[]): bigint =>
      totals.reduce((all, { amountMinor }) => all + BigInt(amountMinor), 0n)
    assert.equal(sum(ran.json.paid), 0n, 'what is paid out is even')
    assert.equal(sum(ran.json.books), 0n, 'the ledger is even')
    const receivable = ran.json.books.find(({ account }: { account: string }) => account === 'receivable')
    assert.equal(receivable.amountMinor, '0', 'nothing is left to be paid out')
    const totals = bed.simulator.worldpay.ledger().totals.byCurrency['GBP']
    const kept =
      (totals?.capturedMinor ?? 0n) - (totals?.refundedMinor ?? 0n) - (totals?.chargedBackMinor ?? 0n)
    const of = (account: string): bigint =>
      BigInt(ran.json.books.find((one: { account: string }) => one.account === account)?.amountMinor ?? 0)
    assert.equal(of('bank') + of('fees'), kept, 'the bank has what the provider has, less its fees')

    const again = await bed.run(report, '--period-end', until)
    assert.deepEqual({ ...again.json, progress: '' }, { ...ran.json, progress: '' }, 'the same report again')
    const histories = await Promise.all(
      (await bed.cf.list({ limit: PAYMENTS })).map(({ id }) => bed.cf.history(id)),
    )
    const settled = histories.flat().flatMap(({ events }) => events.filter(({ type }) => type === 'settled'))
    assert.equal(settled.length, rows, 'each line is written down once')
  })

  const expected: Readonly<Record<string, string>> = {
    'report-line-twice': 'twice',
    'report-line-foreign': 'no-payment',
    'report-amount-wrong': 'differs',
  }
  it('finds exactly the break that each fault of the report makes', async () => {
    await using bed = await reconcileBed()
    for (const [kind, outcome] of Object.entries(expected)) {
      for (let number = 0; number < 3; number++) await bed.pay(`${kind}-${number}`)
      await bed.settled()
      bed.simulator.worldpay.addFault({ kind: kind as FaultKind })
      const ran = await bed.run(await bed.fetchReport(), '--period-end', new Date().toISOString())
      const fresh = ran.json.breaks.filter((line: { repeated: boolean }) => !line.repeated)
      const found = fresh.filter(
        ({ outcome: word }: { outcome: string }) => word !== 'no-payment' || kind === 'report-line-foreign',
      )
      assert.deepEqual(
        found.map((line: { outcome: string }) => line.outcome),
        [outcome],
        kind,
      )
      assert.deepEqual([ran.code, ran.json.missing], [1, []], kind)
    }
    const reasons = (await bed.cf.cases()).map(({ reason }) => reason)
    assert.deepEqual(reasons, ['settlement-differs', 'settlement-differs'], 'a line of nobody has no case')
  })

  it('misses a line that is left out once the period is closed, and takes it when it comes late', async () => {
    await using bed = await reconcileBed()
    for (const kind of ['report-line-missing', 'report-line-late'] as const) {
      await bed.pay(`${kind}-1`)
      await bed.pay(`${kind}-2`)
      await bed.settled()
      bed.simulator.worldpay.addFault({ kind })
      const report = await bed.fetchReport()
      const open = await bed.run(report)
      assert.deepEqual([open.code, open.json.breaks], [0, []], 'a period that is not over misses nothing')
      const closed = await bed.run(report, '--period-end', new Date().toISOString())
      const orders = closed.json.missing.map(({ orderId }: { orderId: string }) => orderId)
      assert.deepEqual(
        [closed.code, orders.filter((order: string) => order.startsWith(kind))],
        [1, [`${kind}-1`]],
      )
    }
    const later = await bed.run(await bed.fetchReport(), '--period-end', new Date().toISOString())
    assert.deepEqual(
      later.json.missing.map(({ orderId }: { orderId: string }) => orderId),
      ['report-line-missing-1'],
      'what came late is there now',
    )
    const reasons = (await bed.cf.cases()).map(({ reason }) => reason)
    assert.deepEqual(reasons, ['settlement-missing', 'settlement-missing'])
  })

  it('is how a shop without notifications hears of a chargeback and of a refund that somebody made elsewhere', async () => {
    await using bed = await reconcileBed(false)
    const [lost, given] = [await bed.pay('lost'), await bed.pay('given')]
    const codes = [lost, given].map(({ operations }) => operations[0]?.reference ?? '')
    await until(() =>
      codes.every((code) => (bed.simulator.worldpay.ledgerOf(code)?.capturedMinor ?? 0n) > 0n),
    )
    bed.simulator.worldpay.backOffice(codes[0] ?? '', 'charge-back')
    bed.simulator.worldpay.backOffice(codes[1] ?? '', 'refund', 500n)
    await bed.settled()
    const ran = await bed.run(await bed.fetchReport())
    const found = ran.json.breaks.map(({ outcome, caseReason }: Record<string, string>) => [
      outcome,
      caseReason,
    ])
    assert.deepEqual(found.toSorted(), [
      ['unknown-here', 'changed-elsewhere'],
      ['unknown-here', 'charged-back'],
    ])
    assert.equal((await bed.cf.payment(lost.id))?.status, 'disputed')
    assert.equal((await bed.cf.payment(given.id))?.balances.refundedMinor, 500n)
    const ledger = await bed.cf.ledger(lost.id)
    const due = ledger?.totals.find(({ account }) => account === 'receivable')
    assert.equal(due?.amountMinor, 0n)
  })
})
