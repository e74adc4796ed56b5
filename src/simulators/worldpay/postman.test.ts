import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type Simulator, startSimulator } from '../server.ts'
import { pageOf, send } from './hosted-page.test-data.ts'
import { Merchant, until } from './postman.test-data.ts'
import { basic, MERCHANT, order } from './samples.test-data.ts'

describe('the postman', () => {
  let merchant: Merchant
  let simulator: Simulator
  beforeEach(async () => {
    merchant = await Merchant.open()
    simulator = await startSimulator({
      port: 0,
      merchantCode: MERCHANT,
      notificationUrl: merchant.url,
      notificationUsername: 'worldpay',
      notificationPassword: 'pass:word',
      notifyRetryMs: 40,
    })
  })
  afterEach(async () => {
    await simulator.close()
    await merchant.close()
  })
  const charge = (orderCode = 'o1') => send(simulator, order({ orderCode }))
  const queue = () => simulator.worldpay.postman.queue()

  it('posts XML with the credentials that were set, and is through once it is acknowledged', async () => {
    await charge()
    await merchant.has(1)
    const [first] = merchant.arrived
    assert.match(first?.body ?? '', /<notify><orderStatusEvent orderCode="o1">/)
    assert.match(first?.headers['content-type'] ?? '', /^text\/xml/)
    assert.equal(first?.headers['authorization'], basic('worldpay', 'pass:word'))
    await until(() => queue().length === 0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.deepEqual(merchant.events, ['o1 AUTHORISED'])
  })

  it('takes nothing but HTTP 200 and exactly [OK] for an acknowledgement', async () => {
    const answers: [number, string, RegExp][] = [
      [200, '[OK]\n', /not exactly/],
      [200, ' [OK]', /not exactly/],
      [200, '\ufeff[OK]', /not exactly/],
      [200, 'OK', /not exactly/],
      [200, '', /not exactly/],
      [200, `[OK]${' '.repeat(100_000)}`, /not exactly/],
      [201, '[OK]', /HTTP 201/],
      [302, '[OK]', /HTTP 302/],
      [500, '[OK]', /HTTP 500/],
    ]
    const failures: (string | undefined)[] = []
    merchant.answer = (response, index) => {
      failures.push(queue()[0]?.failure)
      const [status, body] = answers[index] ?? [200, '[OK]']
      response.writeHead(status, { location: '/elsewhere' }).end(body)
    }
    await charge()
    await until(() => merchant.arrived.length > 0 && queue().length === 0)
    assert.equal(merchant.arrived.length, answers.length + 1)
    for (const [index, [, , why]] of answers.entries()) assert.match(failures[index + 1] ?? '', why)
    const [first, second] = merchant.arrived
    assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 39, 'the retry waits for its time')
    assert.equal(first?.body, second?.body)
  })

  it('keeps one that is not taken in front of those behind it', async () => {
    merchant.answer = (response, index) => void response.end(index < 2 ? 'no' : '[OK]')
    await charge('o1')
    await charge('o2')
    await until(() => merchant.arrived.length > 0 && queue().length === 0)
    assert.deepEqual(merchant.events, ['o1 AUTHORISED', 'o1 AUTHORISED', 'o1 AUTHORISED', 'o2 AUTHORISED'])
  })

  it('has one delivery under way at a time, and ends it when the simulator is closed', async () => {
    merchant.answer = () => undefined
    await Promise.all([charge('o1'), charge('o2'), charge('o3')])
    await merchant.has(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(merchant.arrived.length, 1)
    const started = performance.now()
    await simulator.close()
    assert.ok(performance.now() - started < 1_000)
    assert.equal(simulator.worldpay.state.notifications.messages[0]?.tries, 0)
  })

  it('goes on when nobody listens, and comes to the address that is set meanwhile', async () => {
    await merchant.close()
    await charge()
    await until(() => (queue()[0]?.tries ?? 0) > 1)
    assert.match(queue()[0]?.failure ?? '', /could not be sent: connect ECONNREFUSED/)
    merchant = await Merchant.open()
    simulator.worldpay.setOptions({ notificationUrl: merchant.url })
    await merchant.has(1)
    await until(() => queue().length === 0)
  })

  it('delivers again what was acknowledged, as often as it is told', async () => {
    await charge('o1')
    await charge('o2')
    await until(() => merchant.arrived.length === 2 && queue().length === 0)
    const { postman } = simulator.worldpay
    assert.equal(postman.deliverAgain('o1', 3), 3)
    assert.equal(postman.deliverAgain(undefined), 2)
    assert.equal(postman.deliverAgain('o3'), 0)
    await merchant.has(7)
    assert.deepEqual(merchant.events.slice(2).toSorted(), [
      ...Array<string>(4).fill('o1 AUTHORISED'),
      'o2 AUTHORISED',
    ])
    assert.throws(() => postman.deliverAgain('o1', 1_001), /'times'/)
    assert.throws(() => postman.deliverAgain(undefined, 501), /at most 1000/)
    simulator.worldpay.reset()
    assert.equal(postman.deliverAgain(undefined), 0)
  })

  it('tries at once what would wait for its next try', async () => {
    simulator.worldpay.setOptions({ notifyRetryMs: 3_600_000 })
    merchant.answer = (response, index) => void response.end(index === 0 ? 'no' : '[OK]')
    await charge()
    await until(() => queue()[0]?.tries === 1)
    assert.equal(simulator.worldpay.postman.deliverAgain('o1'), 1)
    await until(() => queue().length === 0)
  })

  it('brings the notification of a charge before the answer when that is asked for', async () => {
    simulator.worldpay.addFault({ kind: 'notification-first' })
    let answered = false
    let answeredBefore: boolean | undefined
    merchant.answer = (response) => {
      setTimeout(() => {
        answeredBefore = answered
        response.end('[OK]')
      }, 100)
    }
    await charge()
    answered = true
    assert.equal(answeredBefore, false)
    merchant.answer = (response) => void response.end('no')
    simulator.worldpay.addFault({ kind: 'notification-first' })
    await charge('o2')
    assert.deepEqual(merchant.events, ['o1 AUTHORISED', 'o2 AUTHORISED'])
  })

  it('goes on after a restart with what the data file has kept, pages included', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-postman-'))
    const dataFile = join(folder, 'data.jsonl')
    const start = (notificationUrl: string) =>
      startSimulator({ port: 0, merchantCode: MERCHANT, dataFile, notificationUrl, notifyRetryMs: 40 })
    const first = await start('http://127.0.0.1:1/nobody')
    await send(first, order())
    const ticket = new URL(await pageOf(first)).searchParams.get('Ticket') ?? ''
    await until(() => first.worldpay.postman.queue()[0]?.tries === 1)
    await first.close()
    const second = await start(merchant.url)
    await merchant.has(1)
    const before = second.worldpay.hostedOrder(ticket)?.state
    const paid = second.worldpay.payHosted(ticket, {
      method: 'CARD',
      cardNumber: '4444333322221111',
      expiryMonth: '12',
      expiryYear: '2040',
      cardHolderName: 'Jane Doe',
      cvc: '555',
    })
    await until(() => merchant.arrived.length > 1 && second.worldpay.postman.queue().length === 0)
    await second.close()
    const written = readFileSync(dataFile, 'utf8')
    const third = await start(merchant.url)
    const after = third.worldpay.hostedOrder(ticket)?.state
    await new Promise((resolve) => setTimeout(resolve, 50))
    await third.close()
    rmSync(folder, { recursive: true })
    assert.deepEqual([before, paid.kind, after], ['open', 'authorised', 'paid'])
    assert.doesNotMatch(written, /4444333322221111|"555"/)
    assert.deepEqual(merchant.events, ['o1 AUTHORISED', 'h1 AUTHORISED'])
  })

  it('makes no delivery while no address is set', async () => {
    simulator.worldpay.setOptions({ notificationUrl: '' })
    await charge()
    simulator.worldpay.setOptions({ notificationUrl: 'kept' })
    await charge('o2')
    assert.deepEqual(
      queue().map(({ orderCode, event, tries }) => [orderCode, event, tries]),
      [['o2', 'AUTHORISED', 0]],
    )
    assert.equal(merchant.arrived.length, 0)
  })
})
