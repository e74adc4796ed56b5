import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startSimulator } from '../server.ts'
import { backOffice } from './back-office.ts'
import { Bench, modification, order } from './samples.test-data.ts'
import { settlementReport } from './settlement-report.ts'

const report = (bench: Bench, fromMs = 0, untilMs = bench.nowMs + 1): readonly string[] =>
  (settlementReport(bench.state, { fromMs, untilMs }, bench.nowMs) ?? '').trimEnd().split('\r\n')

describe('the settlement report of the simulator', () => {
  it('has what was captured, refunded, charged back and won again, with commission and net amount', () => {
    const bench = new Bench({ processingMs: 1_000, modifyMs: 1_000 })
    bench.send(order({ captureDelay: '0' }))
    bench.send(order({ orderCode: 'o2' }))
    bench.pass(1_000)
    bench.send(
      modification('<refund reference="re,1"><amount value="500" currencyCode="GBP" exponent="2"/></refund>'),
    )
    bench.pass(1_000)
    for (const action of ['charge-back', 'reverse-charge-back'] as const) {
      assert.ok(backOffice(bench.state, 'o1', action, undefined, bench.nowMs).ok)
    }
    assert.deepEqual(report(bench), [
      'Order Code,Reference,Event,Event Date,Currency,Amount,Commission,Net Amount,Transaction Id',
      'o1,,CAPTURED,2027-02-01T00:00:01.000Z,GBP,19.99,0.30,19.69,T1-2',
      'o1,"re,1",REFUNDED,2027-02-01T00:00:02.000Z,GBP,-5.00,0.00,-5.00,T1-3',
      'o1,,CHARGED_BACK,2027-02-01T00:00:02.000Z,GBP,-14.99,15.00,-29.99,T1-4',
      'o1,,CHARGEBACK_REVERSED,2027-02-01T00:00:02.000Z,GBP,14.99,0.00,14.99,T1-5',
    ])
    const started = bench.nowMs - 2_000
    assert.equal(report(bench, started, started + 2_000).length, 2, 'a period ends before its end')
  })

  it('counts currencies without decimal places as they are', () => {
    const bench = new Bench({ processingMs: 0 })
    bench.send(order({ captureDelay: '0', value: '1999', currency: 'JPY', exponent: '0' }))
    bench.pass(1)
    assert.match(report(bench)[1] ?? '', /,JPY,1999,30,1969,/)
  })

  it('is at an address of its own, with a link to it on the page of the ledger', async () => {
    const simulator = await startSimulator({ port: 0 })
    const at = (path: string) => fetch(`${simulator.url}/worldpay/${path}`)
    const csv = await at('settlement.csv?from=2026-01-01&until=2026-02-01')
    assert.equal(csv.headers.get('content-type'), 'text/csv; charset=UTF-8')
    assert.match(await csv.text(), /^Order Code,.*\r\n$/)
    assert.equal((await at('settlement.csv?from=yesterday')).status, 400)
    await simulator.close()
  })
})
