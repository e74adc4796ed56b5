import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { handle, PAYMENT_SERVICE_PATH } from './core.ts'
import {
  addFault,
  clearFaults,
  type FaultKind,
  faultKinds,
  type FaultRequest,
  removeFault,
} from './faults.ts'
import { payHosted } from './hosted.ts'
import { ledgerOf } from './ledger.ts'
import { dueNotifications, nextNotificationMs } from './notifications.ts'
import { amount, Bench, hosted, inquiry, modification, order, secured } from './samples.test-data.ts'
import { settlementReport } from './settlement-report.ts'

function benchWith(...faults: FaultRequest[]): Bench {
  const bench = new Bench()
  for (const fault of faults) addFault(bench.state, fault)
  return bench
}
function told(fault: FaultRequest): Bench {
  const bench = new Bench({ notificationUrl: 'kept' })
  addFault(bench.state, fault)
  return bench
}
/** The amounts of the report's lines by order code, for two sales of 19.99; again for a second look. */
function reported(bench: Bench): readonly string[] {
  bench.send(order({ captureDelay: '0' }))
  bench.send(order({ captureDelay: '0', orderCode: 'o2' }))
  bench.pass(10_000)
  return linesOf(bench)
}
function linesOf(bench: Bench): readonly string[] {
  const report = settlementReport(bench.state, { fromMs: 0, untilMs: bench.nowMs }, bench.nowMs) ?? ''
  const rows = report.trimEnd().split('\r\n').slice(1)
  return rows.map((row) => row.split(',')).map((fields) => `${fields[0]} ${fields[5]}`)
}
const executed = (bench: Bench, orderCode = 'o1') =>
  ledgerOf(bench.state, orderCode, bench.nowMs)?.executions ?? 0

describe('the fault plan', () => {
  it('strikes the operation it is for, as often as it says', () => {
    const bench = benchWith({ kind: 'http-error', on: 'inquiry', times: 2 })
    assert.equal(bench.handle(order()).fault, undefined)
    const statuses = [1, 2, 3].map(() => bench.handle(inquiry()).response.status)
    assert.deepEqual(statuses, [503, 503, 200])
    assert.deepEqual(bench.state.faults, [])
  })
  it('strikes always when told so, until it is removed', () => {
    const bench = benchWith({ kind: 'html', times: 'always' }, { kind: 'hang' })
    for (let count = 0; count < 5; count++) assert.equal(bench.handle(inquiry()).fault, 'html')
    assert.equal(bench.state.faults[0]?.struck, 5)
    assert.equal(removeFault(bench.state, 1), true)
    assert.equal(removeFault(bench.state, 1), false)
    assert.equal(bench.handle(inquiry()).fault, 'hang')
    addFault(bench.state, { kind: 'html' })
    clearFaults(bench.state)
    assert.equal(bench.handle(inquiry()).fault, undefined)
  })
  it('strikes by a seeded probability: the same seed the same requests, about as often as it says', () => {
    const strikes = (seed: number) => {
      const bench = benchWith({ kind: 'html', probability: 0.3, seed })
      return Array.from({ length: 1_000 }, () => (bench.handle(inquiry()).fault === undefined ? 0 : 1))
    }
    const first = strikes(7)
    assert.deepEqual(first, strikes(7))
    assert.notDeepEqual(first, strikes(8))
    const count = first.filter((each) => each === 1).length
    assert.ok(count > 240 && count < 360, `${count}`)
  })
  it('names what is wrong with a fault', () => {
    const bad: [object, RegExp][] = [
      [{ kind: 'explode' }, /'kind' is allowed to be: refuse, late/],
      [{ kind: 'toString' }, /'kind'/],
      [{ kind: 'hang', on: 'lunch' }, /'on'/],
      [{ kind: 'hang', times: 0 }, /'times'/],
      [{ kind: 'hang', probability: 2 }, /'probability'/],
      [{ kind: 'hang', when: 'never' }, /'when'/],
      [{ kind: 'late', delayMs: -1 }, /'delayMs'/],
      [{ kind: 'http-error', status: 200 }, /'status'/],
      [{ kind: 'cut', atByte: 'x' }, /'atByte'/],
      [
        { kind: 'html', atByte: 3 },
        /'atByte' is allowed to be: absent; the fields of 'html' are kind, .*when/,
      ],
      [{ kind: 'late', when: 'before' }, /'when' .* absent; the fields of 'late' are kind, .*delayMs/],
      [{ kind: 'hang', delayMs: 5 }, /'delayMs'/],
      [{ kind: 'fails-later', on: 'charge' }, /'on' is allowed to be: any, capture, cancel, refund$/],
      [{ kind: 'fails-later', on: 'inquiry' }, /'on'/],
      [{ kind: 'lagging-inquiry', on: 'charge' }, /'on' is allowed to be: any, inquiry$/],
      [{ kind: 'notification-lost', on: 'charge' }, /'on' is allowed to be: any, notification$/],
      [{ kind: 'hang', on: 'notification' }, /'on' is allowed to be: any, charge, /],
    ]
    for (const [request, text] of bad) {
      assert.throws(() => addFault(new Bench().state, request as FaultRequest), text)
    }
  })
  it('does not strike whoever has no credentials', () => {
    const bench = benchWith({ kind: 'hang' })
    const request = { method: 'POST', path: PAYMENT_SERVICE_PATH, headers: {}, body: order() }
    const handled = handle(request, bench.state, bench.nowMs)
    assert.equal(handled.fault, undefined)
    assert.equal(handled.response.status, 401)
  })
})

describe('each kind of fault', () => {
  const cases: Record<FaultKind, (bench: Bench, kind: FaultKind) => void> = {
    refuse: (bench) => {
      const handled = bench.handle(order())
      assert.deepEqual(handled.delivery, { kind: 'refuse' })
      assert.equal(executed(bench), 0)
    },
    late: (bench) => {
      const handled = bench.handle(order())
      assert.deepEqual(handled.delivery, { kind: 'answer', delayMs: 30_000 })
      assert.match(handled.response.body, /AUTHORISED/)
      assert.equal(executed(bench), 1)
    },
    'process-late': (bench) => {
      const handled = bench.handle(order())
      assert.deepEqual(handled.delivery, { kind: 'later', delayMs: 30_000 })
      assert.equal(executed(bench), 0)
    },
    hang: (bench) => {
      assert.deepEqual(bench.handle(order()).delivery, { kind: 'hang' })
      assert.equal(executed(bench), 1)
      addFault(bench.state, { kind: 'hang', when: 'before' })
      bench.handle(order({ orderCode: 'o2' }))
      assert.equal(executed(bench, 'o2'), 0)
    },
    cut: (bench) => {
      assert.deepEqual(bench.handle(order()).delivery, { kind: 'cut', atByte: 0 })
      assert.equal(executed(bench), 1)
      addFault(bench.state, { kind: 'cut', when: 'before', atByte: 7 })
      assert.deepEqual(bench.handle(order({ orderCode: 'o2' })).delivery, { kind: 'cut', atByte: 0 })
      assert.equal(executed(bench, 'o2'), 0)
      addFault(bench.state, { kind: 'cut', atByte: 7 })
      assert.deepEqual(bench.handle(inquiry()).delivery, { kind: 'cut', atByte: 7 })
    },
    'http-error': (bench) => {
      assert.equal(bench.handle(order()).response.status, 503)
      assert.equal(executed(bench), 1)
      addFault(bench.state, { kind: 'http-error', when: 'before', status: 500 })
      assert.equal(bench.handle(order({ orderCode: 'o2' })).response.status, 500)
      assert.equal(executed(bench, 'o2'), 0)
    },
    html: (bench) => {
      const { response } = bench.handle(order())
      assert.equal(response.status, 200)
      assert.match(response.headers['content-type'] ?? '', /html/)
      assert.equal(executed(bench), 1)
    },
    truncated: (bench) => {
      const { body } = bench.handle(order()).response
      assert.match(body, /^<\?xml/)
      assert.doesNotMatch(body, /<\/paymentService>/)
      assert.equal(executed(bench), 1)
      addFault(bench.state, { kind: 'truncated', atByte: 10 })
      assert.equal(bench.handle(inquiry()).response.body.length, 10)
    },
    'wrong-reference': (bench) => {
      assert.match(bench.handle(order()).response.body, /orderCode="o1-other"/)
      assert.equal(executed(bench), 1)
    },
    'wrong-amount': (bench) => {
      const { body } = bench.handle(order()).response
      assert.match(body, /<amount value="2000"/)
      assert.doesNotMatch(body, /value="1999"/)
      assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.liveMinor, 1999n)
    },
    'wrong-currency': (bench) => {
      assert.match(bench.handle(order()).response.body, /currencyCode="EUR"/)
      assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.currency, 'GBP')
    },
    'wrong-exponent': (bench) => {
      assert.match(bench.handle(order()).response.body, /exponent="3"/)
      assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.exponent, 2)
    },
    'duplicate-text': (bench) => {
      assert.match(bench.handle(order()).response.body, /<reply><error code="5"><!\[CDATA\[Duplicate Order/)
      assert.equal(executed(bench), 1)
    },
    unavailable: (bench) => {
      assert.match(bench.handle(order()).response.body, /<error code="8">/)
      assert.equal(executed(bench), 0)
    },
    'lagging-inquiry': (bench) => {
      bench.handle(order())
      assert.match(bench.handle(inquiry()).response.body, /Could not find payment for order/)
      assert.match(bench.handle(inquiry()).response.body, /AUTHORISED/)
      bench.send(modification(`<capture>${amount(1999)}</capture>`))
      bench.pass(299_999)
      addFault(bench.state, { kind: 'lagging-inquiry' })
      assert.match(bench.handle(inquiry()).response.body, /Could not find payment for order/)
      bench.pass(1)
      addFault(bench.state, { kind: 'lagging-inquiry', times: 2 })
      assert.equal(bench.lastEvent(), 'AUTHORISED')
      bench.pass(3_000)
      assert.equal(bench.lastEvent(), 'CAPTURED')
      addFault(bench.state, { kind: 'lagging-inquiry', lagMs: 302_999 })
      assert.equal(bench.lastEvent(), 'AUTHORISED')
    },
    'fails-later': (bench) => {
      bench.send(order())
      assert.match(bench.send(modification(`<capture>${amount(1999)}</capture>`)), /captureReceived/)
      bench.pass(3_000)
      assert.equal(bench.lastEvent(), 'CAPTURE_FAILED')
      assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.capturedMinor, 0n)
      bench.send(modification(`<capture>${amount(1999)}</capture>`))
      bench.pass(3_000)
      addFault(bench.state, { kind: 'fails-later', on: 'refund' })
      assert.match(bench.send(modification(`<refund>${amount(1999)}</refund>`)), /refundReceived/)
      bench.pass(3_000)
      assert.equal(bench.lastEvent(), 'REFUND_FAILED')
      assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.liveMinor, 1999n)
    },
    'notification-lost': (_, kind) => {
      const bench = told({ kind })
      assert.equal(bench.handle(order()).fault, undefined)
      bench.send(order({ orderCode: 'o2' }))
      assert.deepEqual(bench.told(), ['o2 AUTHORISED'])
    },
    'notification-twice': (_, kind) => {
      const bench = told({ kind })
      bench.send(order())
      const [first] = dueNotifications(bench.state, bench.nowMs, 1)
      assert.deepEqual(bench.told(), ['o1 AUTHORISED'])
      assert.equal(nextNotificationMs(bench.state), bench.nowMs + 30_000)
      bench.pass(30_000)
      const [second] = dueNotifications(bench.state, bench.nowMs, 1)
      assert.equal(second?.document, first?.document)
      assert.deepEqual(bench.told(), ['o1 AUTHORISED'])
      bench.pass(1e9)
      assert.deepEqual(bench.told(), [])
    },
    'notification-late': (_, kind) => {
      const bench = told({ kind, delayMs: 5_000 })
      bench.send(order())
      bench.send(order({ orderCode: 'o2' }))
      assert.deepEqual(bench.told(), ['o2 AUTHORISED'])
      bench.pass(4_999)
      assert.deepEqual(bench.told(), [])
      bench.pass(1)
      assert.deepEqual(bench.told(), ['o1 AUTHORISED'])
    },
    'notification-shuffled': (_, kind) => {
      const bench = told({ kind })
      for (const orderCode of ['o1', 'o2', 'o3']) bench.send(order({ orderCode }))
      const due = dueNotifications(bench.state, bench.nowMs, 10).map((each) => each.orderCode)
      assert.deepEqual(due, ['o2', 'o3'])
      assert.deepEqual(bench.told(), ['o2 AUTHORISED', 'o1 AUTHORISED', 'o3 AUTHORISED'])
      const alone = told({ kind })
      alone.send(order())
      assert.deepEqual(alone.told(), [])
      assert.equal(nextNotificationMs(alone.state), alone.nowMs + 30_000)
      alone.pass(30_000)
      assert.deepEqual(alone.told(), ['o1 AUTHORISED'])
    },
    'notification-forged': (_, kind) => {
      const bench = told({ kind, times: 'always' })
      bench.send(order({ holder: 'REFUSED' }))
      assert.deepEqual(bench.told(), ['o1 REFUSED', 'o1 AUTHORISED'])
      bench.send(order({ orderCode: 'o2' }))
      const [, lie] = dueNotifications(bench.state, bench.nowMs, 2)
      assert.match(lie?.document ?? '', /<amount value="2000".*<lastEvent>CAPTURED</)
      bench.told()
      bench.send(hosted())
      assert.deepEqual(bench.told(), ['h1 AUTHORISED'])
      bench.send(secured('3DS_V2_CHALLENGE_IDENTIFIED', { orderCode: 'o3' }))
      assert.deepEqual(bench.told(), ['o3 AUTHORISED'])
      assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.liveMinor, 0n)
      assert.equal(executed(bench, 'h1') + executed(bench, 'o3'), 0)
    },
    'notification-first': (_, kind) => {
      const bench = told({ kind })
      const ticket = bench.register()
      payHosted(bench.state, ticket, { method: 'IDEAL-SSL', result: 'paid' }, bench.nowMs)
      assert.equal(bench.handle(inquiry()).notifyFirst, false)
      assert.equal(bench.handle(order()).notifyFirst, true)
      assert.deepEqual(bench.told(), ['h1 AUTHORISED', 'o1 AUTHORISED'])
      assert.equal(bench.handle(order({ orderCode: 'o2' })).notifyFirst, false)
    },
    'report-line-missing': (bench) => {
      assert.deepEqual(reported(bench), ['o2 19.99'])
      assert.deepEqual(linesOf(bench), ['o2 19.99'], 'it never comes')
    },
    'report-line-late': (bench) => {
      assert.deepEqual(reported(bench), ['o2 19.99'])
      assert.deepEqual(linesOf(bench), ['o1 19.99', 'o2 19.99'])
    },
    'report-line-twice': (bench) => {
      assert.deepEqual(reported(bench), ['o1 19.99', 'o1 19.99', 'o2 19.99'])
    },
    'report-line-foreign': (bench) => {
      assert.deepEqual(reported(bench), ['o1 19.99', 'NOBODYS-T1-2 19.99', 'o2 19.99'])
    },
    'report-amount-wrong': (bench) => {
      assert.deepEqual(reported(bench), ['o1 20.00', 'o2 19.99'])
      assert.deepEqual(linesOf(bench), ['o1 20.00', 'o2 19.99'], 'the same report says the same again')
    },
  }
  for (const kind of Object.keys(faultKinds) as FaultKind[]) {
    it(`${kind} does what it says`, () => cases[kind](benchWith({ kind }), kind))
  }
})
