import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Counterfoil } from '../../src/engine/api.ts'
import { createCounterfoil } from '../../src/engine/counterfoil.ts'
import { httpTransport } from '../../src/gateway/http-transport.ts'
import { secret } from '../../src/gateway/secret.ts'
import type { Sent, Transport } from '../../src/gateway/transport.ts'
import { worldpay } from '../../src/gateways/worldpay/index.ts'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import { fileSpool } from '../../src/journal/spool/index.ts'
import { internalModule } from '../../src/pipeline/module.ts'
import { Browser, visa } from '../../src/server/browser.test-data.ts'
import { http, type HttpServer } from '../../src/server/http.ts'
import { postgresTries } from '../../src/server/tries/postgres-tries.ts'
import { postgresOrderBook } from '../../src/shop/order-book/postgres/index.ts'
import { type FaultRequest } from '../../src/simulators/worldpay/index.ts'
import { type Simulator, startSimulator } from '../../src/simulators/index.ts'
import { CARD, canaries, canaryHits } from '../crash/canary.ts'
import { until } from './eventually.ts'
import { PostgresServer } from './server.ts'

const KEY = 'a-key-of-the-tests-with-more-than-32-bytes'
const SCHEMAS = ['counterfoil', 'counterfoil_orders', 'counterfoil_tries'] as const
const often = { max: 1_000, withinMs: 60_000 }
/** The card as people and programs write it, which is to be refused or cut wherever it can be seen for what it is. */
const written = canaries.filter(({ form }) => /^as it is|^with /.test(form)).map(({ text }) => text)
const asXml = canaries.filter(({ form }) => /for XML/.test(form)).map(({ text }) => text)

/** What becomes of each charge; undefined is an ordinary one. */
const FAULTS: readonly (FaultRequest | undefined)[] = [
  undefined,
  { kind: 'hang', on: 'charge', when: 'after' },
  { kind: 'cut', on: 'charge', atByte: 300 },
  { kind: 'http-error', on: 'charge', when: 'after' },
  { kind: 'html', on: 'charge', when: 'before' },
  { kind: 'truncated', on: 'charge' },
  { kind: 'wrong-reference', on: 'charge' },
  { kind: 'wrong-amount', on: 'charge' },
  { kind: 'wrong-currency', on: 'charge' },
  { kind: 'duplicate-text', on: 'charge', when: 'after' },
  { kind: 'unavailable', on: 'charge' },
]

/** So many of them come to an end, or to a person, at once; the others are waited for, longer than this test waits. */
const ENDED = 8

/** The wire to the provider, which says the card again in every answer, and may stand still behind a charge. */
class Echo implements Transport {
  readonly #wire = httpTransport()
  afterCharge: () => Promise<void> = async () => undefined

  send: Transport['send'] = async (exchange, mayStart) => {
    const sent = await this.#wire.send(exchange, mayStart)
    // Recovery asks about other payments at the same time.
    if (exchange.body.includes('<submit>')) await this.afterCharge()
    return echoing(sent)
  }

  close: Transport['close'] = (deadlineMs) => this.#wire.close(deadlineMs)
}

function echoing(sent: Sent): Sent {
  if (sent.kind !== 'answered') return sent
  const { answer } = sent
  const card = `<note>${[...written, ...asXml].join(' | ')}</note><cvc>${CARD.securityCode}</cvc>`
  const body = new TextDecoder().decode(answer.body).replace('</payment>', `</payment>${card}`)
  return { kind: 'answered', answer: { ...answer, body: new TextEncoder().encode(body) } }
}

describe('the card of a payer on a server with PostgreSQL (S8)', () => {
  let database: PostgresServer
  let simulator: Simulator
  let folder: string
  let url: string
  let cf: Counterfoil
  let pages: HttpServer
  let close: () => Promise<void>
  const transport = new Echo()
  const logged: unknown[] = []
  const told: unknown[] = []
  const answers: string[] = []
  /** Before anybody asked for an id that is a card number: a question has it as its parameter. */
  let logOfWrites = ''

  before(async () => {
    // Whatever is sent to the database stands in its log then, kept or not.
    database = await PostgresServer.create({ log_statement: 'all', log_parameter_max_length_on_error: -1 })
    simulator = await startSimulator({ port: 0, timeScale: 1_000 })
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-canary-'))
    const host = createServer((request, response) => pages.node(request, response))
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(host.address() as AddressInfo).port}/pay`
    const connection = {
      url: database.url(),
      connectTimeoutMs: 500,
      readTimeoutMs: 1_000,
      commitTimeoutMs: 1_000,
    }
    const orders = postgresOrderBook({ ...connection, schema: SCHEMAS[1] })
    const hear = async (telling: unknown): Promise<void> => void told.push(telling)
    const { direct } = worldpay({
      url: simulator.worldpayUrls.paymentService,
      merchantCode: 'COUNTERFOIL',
      username: 'counterfoil-xml',
      password: secret('counterfoil-password'),
      times: { scale: 0.001 },
    })
    const log = (line: unknown): void => void logged.push(line)
    cf = createCounterfoil({
      journal: postgresJournal({ ...connection, schema: SCHEMAS[0], confirmTimeoutMs: 1_000 }),
      spool: fileSpool(join(folder, 'answers.spool'), { bytes: 65_536 }),
      publicUrl: url,
      transport,
      log,
      limits: { dueEveryMs: 20, heartbeatEveryMs: 100, nodeDeadAfterMs: 1_000, breakerFailures: 1_000 },
      modules: [internalModule('card', { gateway: direct })],
      shop: {
        loadOrder: async (id) => (await orders.find(id))?.order,
        markOrderPaid: hear,
        markPaymentCancelled: hear,
        markOrderInProgress: hear,
        deleteBasket: hear,
        sendOrderMail: hear,
        paymentChanged: hear,
      },
    })
    await orders.open()
    await cf.start()
    const sealed = (text: string) => ({ reveal: () => text })
    pages = http(cf, {
      secret: KEY,
      log,
      limits: { payWaitMs: 300 },
      tries: {
        order: often,
        card: often,
        session: often,
        address: often,
        store: postgresTries({ ...connection, schema: SCHEMAS[2] }),
      },
      api: {
        orders,
        keys: [{ client: 'web-shop', secret: sealed(KEY) }],
        operators: [
          { name: 'ann', secret: sealed(`${KEY}-of-ann`) },
          { name: 'bob', secret: sealed(`${KEY}-of-bob`) },
        ],
      },
    })
    close = async () => {
      host.closeAllConnections()
      await pages.close()
      await cf.stop({ deadlineMs: 200 })
      await new Promise((resolve) => host.close(resolve))
    }
  })
  after(async () => {
    await close?.()
    await simulator?.close()
    await database?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  // oxlint-disable-next-line typescript/no-explicit-any -- the test looks into answers of every shape
  async function api(path: string, body?: object, headers: Record<string, string> = {}): Promise<any> {
    const answer = await fetch(`${url}/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'idempotency-key': `key-${answers.length}-of-the-test`,
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    answers.push(text)
    return { status: answer.status, ...JSON.parse(text) }
  }
  const order = (id: string, more: object = {}) => ({
    id,
    amountMinor: 450,
    currency: 'GBP',
    description: 'Tea',
    ...more,
  })
  async function pay(id: string): Promise<void> {
    const { checkoutUrl } = await api('/orders', order(id))
    const browser = new Browser(new URL(url).origin, answers)
    const card = { ...visa, ...CARD }
    const { url: form, hidden } = await browser.openForm({ server: { checkoutUrl: () => checkoutUrl } }, id)
    // Once with a mistake beside it: the form comes back.
    await browser.post(form, { ...card, expiryMonth: '77', holder: CARD.number, ...hidden })
    const { status } = await browser.post(form, { ...card, ...hidden })
    assert.equal(status, 303, id)
  }

  it('is paid with through every fault, and said again by the provider', async () => {
    for (const [index, fault] of FAULTS.entries()) {
      if (fault !== undefined) simulator.worldpay.addFault(fault)
      await pay(`A-${index}`)
    }
    await until(async () => {
      const all = await cf.list({ limit: 100 })
      return all.filter(({ settled, cases }) => settled || cases.length > 0).length >= ENDED
    })
  })

  it('is paid with while the database dies, and the answer goes to the spool', async () => {
    const spool = (): string => readFileSync(join(folder, 'answers.spool'), 'latin1')
    transport.afterCharge = async () => {
      transport.afterCharge = async () => undefined
      await database.stop('KILL')
    }
    await pay('B-1')
    await until(() => spool().includes('"finding":{"kind":"approved"'))
    assert.match(spool(), /<note>/, 'what the provider said is in it')
    await database.start()
    await until(async () => {
      // As long as nobody has connected again.
      const [payment] = await cf.list({ orderId: 'B-1', limit: 1 }).catch(() => [])
      return payment?.status === 'paid'
    })
  })

  it('is typed where it does not belong: orders, cases, settlement reports, notifications, addresses, keys', async () => {
    const open = (await api('/cases')).cases
    assert.ok(open.length > 0, 'a fault has opened a case')
    const [{ paymentId, caseId, reference }] = open
    for (const text of written) {
      for (const more of [{ description: text }, { payer: { name: text } }, { id: text }])
        assert.ok((await api('/orders', order('C-1', more))).status >= 400, text)
      const why = { action: 'close', why: `it was ${text}` }
      const ann = { authorization: `Bearer ${KEY}-of-ann` }
      assert.equal(
        (await api(`/cases/${paymentId}/${caseId}/resolutions`, why, ann)).code,
        'CF_CARD_DATA_LEAK',
      )
      const line = { lineNumber: 1, kind: 'charged-back', amountMinor: 450, feeMinor: 0, currency: 'GBP' }
      const at = '2026-01-31T10:15:00Z'
      const settled = { gateway: 'worldpay', report: 'january' }
      const lines = [{ ...line, at, reference, pspReference: `T${text}` }]
      assert.equal((await api('/settlements', { ...settled, lines }, ann)).status, 200)
      assert.equal((await api('/settlements', { ...settled, report: text, lines }, ann)).code, 'CF_QUERY')
      for (const notice of [`<n>${text}</n>`, `<cvc>${CARD.securityCode}</cvc>${text}`]) {
        await fetch(`${url}/notifications/worldpay`, {
          method: 'POST',
          headers: { 'content-type': 'text/xml' },
          body: notice,
        })
      }
    }
    for (const raw of [...written, ...asXml]) {
      const about = `<!-- --><paymentService version="1.4" merchantCode="COUNTERFOIL"><notify><orderStatusEvent orderCode="${reference}"><payment><paymentMethod>VISA-SSL</paymentMethod><amount value="450" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/><lastEvent>CHARGED_BACK</lastEvent><note>${raw}</note></payment><journal journalType="CHARGED_BACK" sent="n"/></orderStatusEvent></notify></paymentService>`
      const answer = await fetch(`${url}/notifications/worldpay`, {
        method: 'POST',
        headers: { 'content-type': 'text/xml' },
        body: about,
      })
      assert.equal(answer.status, 200)
    }
    assert.equal((await api('/orders', order('C-2'), { 'idempotency-key': CARD.number })).status, 201)
    logOfWrites = database.log()
  })

  it('is asked for as if it were the id of something, and is not said again', async () => {
    const bare = CARD.number
    const lines = [
      {
        lineNumber: 1,
        reference: bare,
        kind: 'captured',
        amountMinor: 1,
        feeMinor: 0,
        currency: 'GBP',
        at: '2026-01-31T10:15:00Z',
      },
    ]
    const compared = await api(
      '/settlements',
      { gateway: 'worldpay', report: 'january', lines },
      { authorization: `Bearer ${KEY}-of-ann` },
    )
    assert.equal(compared.lines[0].outcome, 'no-payment')
    for (const path of [`/orders/${bare}`, `/payments/${bare}`, `/cases/${bare}/${bare}`, `/${bare}`])
      await api(path)
    await fetch(`${url}/payments/${bare}?${bare}=${bare}`)
    await api(`/cases?caseId=${bare}`)
  })

  it('stands in no row, no file of the database, no log, no answer and nothing that the shop was told', async () => {
    const rows: string[] = []
    const tables = await database.query(
      'SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY ($1)',
      [SCHEMAS],
    )
    assert.ok(tables.length >= 10, 'all tables were found')
    for (const { schemaname, tablename } of tables) {
      const found = await database.query(
        `SELECT t::text AS row FROM ${String(schemaname)}.${String(tablename)} t`,
      )
      rows.push(...found.map(({ row }) => `${String(tablename)}: ${String(row)}`))
    }
    const dump = rows.join('\n')
    assert.match(dump, /entries: .*entries: /s, 'tries were counted')
    assert.match(dump, /4988\*+4305|\*{4}4305/, 'the masked card is kept')
    const texts = {
      dump,
      log: JSON.stringify(logged),
      told: JSON.stringify(told, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      answers: answers.join('\n'),
    }
    assert.ok(logged.length > 0 && told.length > 0, 'something was logged and told')
    for (const [where, text] of Object.entries(texts)) {
      const hits = canaries.filter((canary) => text.includes(canary.text)).map(({ form }) => form)
      assert.deepEqual(hits, [], where)
      assert.doesNotMatch(text, /(?<![\w.+/-])7391(?![\w+/-])/, `the security code: ${where}`)
    }
    await database.query('CHECKPOINT')
    assert.match(logOfWrites, /commit_batch_1.*take_try_1/s, 'the log of the database has all statements')
    const parts = [folder, join(database.folder, 'data')].flatMap((part) => canaryHits(part))
    const ofLog = canaries.filter(({ text }) => logOfWrites.includes(text)).map(({ form }) => form)
    assert.deepEqual([...parts, ...ofLog], [])
  })
})
