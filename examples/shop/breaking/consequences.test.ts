import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { cardFrom, type PaymentView } from 'counterfoil'
import { startSimulator } from 'counterfoil/simulators'
import { orderMail } from '../mail.ts'
import { startMailSink } from '../mail-sink.ts'
import { orderById } from '../orders.ts'
import { ACCOUNT, payments } from '../payments.ts'
import { orderOf } from '../sample-shop.test-data.ts'
import { shopPort } from '../shop-port.ts'
import { toldAbout } from '../told.ts'
import { layFoundations } from './foundations.ts'

/** The provider's minutes are tenths of a second. */
const TIME_SCALE = 600
const END_WITHIN_MS = 20_000
const WEEK_MS = 8 * 86_400_000

async function eventually(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + END_WITHIN_MS
  while (!(await look())) {
    assert.ok(performance.now() < untilMs, `${what}: not within ${END_WITHIN_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The shop as it stands, without its pages. */
async function standing(t: TestContext) {
  const dataFolder = mkdtempSync(join(tmpdir(), 'counterfoil-breaking-'))
  const simulator = await startSimulator({ ...ACCOUNT, port: 0, timeScale: TIME_SCALE })
  const sink = await startMailSink(join(dataFolder, 'mail'))
  const circumstances = {
    setting: 'on',
    host: '127.0.0.1',
    trustProxy: [],
    provider: simulator,
    environment: {},
  } as const
  const { world, database, breaking, close } = layFoundations({
    dataFolder,
    circumstances,
    sink,
    restarts: undefined,
  })
  assert.ok(breaking !== undefined)
  const mail = orderMail({ database, host: '127.0.0.1', port: sink.port, shopUrl: 'http://localhost' })
  const counterfoil = payments({
    shop: shopPort(database, mail),
    journalPath: join(dataFolder, 'payments.db'),
    paymentServiceUrl: simulator.worldpayUrls.paymentService,
    publicUrl: 'http://localhost/pay',
    timeScale: TIME_SCALE,
    changeOfMind: 'wait',
    log: () => undefined,
    world,
  })
  await counterfoil.start()
  t.after(async () => {
    breaking.database.isAway = false
    await counterfoil.stop({ deadlineMs: 5_000 })
    mail.close()
    close()
    await sink.close()
    await simulator.close()
    rmSync(dataFolder, { recursive: true })
  })
  const { orderId } = orderOf(database, { ledger: 1 })
  const card = cardFrom({
    number: '4444333322221111',
    expiryMonth: '12',
    expiryYear: '2040',
    securityCode: '555',
    holder: 'Jane Doe',
  })
  let tries = 0
  const pay = (module = 'card') =>
    counterfoil.pay({ orderId, module, key: `a-form-${++tries}`, ...(module === 'card' && { card }) })
  const now = async (payment: PaymentView): Promise<PaymentView> => {
    const found = await counterfoil.payment(payment.id)
    assert.ok(found !== undefined)
    return found
  }
  const hasFailed = async ({ id }: PaymentView, work: RegExp): Promise<boolean> =>
    (await counterfoil.history(id)).some(({ events }) =>
      events.some((event) => event.type === 'work-failed' && work.test(event.key)),
    )
  const methods = () =>
    toldAbout(database, orderId)
      .filter(({ state }) => state === 'done')
      .map(({ method }) => method)
  const status = () => orderById(database, orderId)?.status
  return { simulator, counterfoil, breaking, sink, orderId, pay, now, hasFailed, methods, status }
}

test('with the database away a payment is refused before anything is sent: 503, and nothing is charged', async (t) => {
  const { simulator, counterfoil, breaking, orderId, pay, status } = await standing(t)
  breaking.database.isAway = true
  await assert.rejects(pay(), { code: 'CF_SHOP_UNAVAILABLE', status: 503 })
  assert.deepEqual(simulator.worldpay.ledger().orders, [])
  assert.deepEqual(await counterfoil.list({ orderId, limit: 10 }), [])
  breaking.database.isAway = false
  assert.equal((await pay()).status, 'paid')
  await eventually('the shop is told', () => status() === 'paid')
})

test('when the database goes after the request has left, the payment ends paid, and the shop hears it when it is back, once', async (t) => {
  const { simulator, breaking, pay, hasFailed, methods, status } = await standing(t)
  simulator.worldpay.addFault({ kind: 'late', on: 'charge', delayMs: 700 })
  const paying = pay()
  await eventually('the provider has charged', () => simulator.worldpay.ledger().orders.length > 0)
  breaking.database.isAway = true
  const payment = await paying
  assert.equal(payment.status, 'paid')
  await eventually('telling the shop has failed', () => hasFailed(payment, /mark-order-paid/))
  breaking.database.isAway = false
  assert.notEqual(status(), 'paid')
  await eventually('the shop hears it', () => status() === 'paid' && methods().includes('sendOrderMail'))
  assert.deepEqual(methods().toSorted(), [
    'countPromotionCode',
    'deductStock',
    'deleteBasket',
    'markOrderPaid',
    'reserveStock',
    'saveOrder',
    'sendOrderMail',
  ])
  const [charged, ...more] = simulator.worldpay.ledger().orders
  assert.deepEqual([charged?.executions, more.length], [1, 0])
})

test('a mail that could not be sent arrives when the mail server is back, once', async (t) => {
  const { breaking, sink, pay, now, hasFailed, status } = await standing(t)
  breaking.mail.setAway(true)
  const payment = await pay()
  await eventually('sending it has failed', () => hasFailed(payment, /send-order-mail/))
  assert.equal(status(), 'paid')
  assert.deepEqual(await sink.mails(), [])
  breaking.mail.setAway(false)
  await eventually('it arrives', async () => (await sink.mails()).length > 0)
  await eventually('the payment is at rest', async () => (await now(payment)).page === 'success')
  assert.equal((await sink.mails()).length, 1)
})

test('with the clock ahead a page at the provider stays open, and ends no sooner: the time of the journal rules', async (t) => {
  const { breaking, pay, now, status } = await standing(t)
  const payment = await pay('worldpay')
  assert.equal(payment.next.kind, 'redirect')
  await eventually('the shop knows', () => status() === 'in progress')
  assert.ok(breaking.clock.putAhead(WEEK_MS))
  // Rounds over what is due come several times in that while.
  await new Promise((resolve) => setTimeout(resolve, 500))
  const view = await now(payment)
  assert.deepEqual([view.status, view.operations[0]?.state], ['in-progress', 'awaiting-payer'])
  breaking.clock.putRight()
})
