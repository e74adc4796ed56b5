import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type Socket, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Simulator, startSimulator } from './server.ts'
import type { FaultRequest } from './worldpay/faults.ts'
import { amount, basic, inquiry, MERCHANT, modification, order } from './worldpay/samples.test-data.ts'

const headers = { authorization: basic(MERCHANT, 'counterfoil-password'), 'content-type': 'text/xml' }
const post = (simulator: Simulator, body: string, signal?: AbortSignal): Promise<Response> =>
  fetch(simulator.worldpayUrls.paymentService, { method: 'POST', headers, body, signal: signal ?? null })

describe('the payment service over HTTP', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ port: 0, merchantCode: MERCHANT, timeScale: 1_000 })
  })
  beforeEach(() => simulator.worldpay.reset())
  after(() => simulator.close())
  const set = (request: FaultRequest) => simulator.worldpay.addFault(request)
  const executions = (orderCode = 'o1') => simulator.worldpay.ledgerOf(orderCode)?.executions ?? 0

  it('speaks under the real path, and asks for credentials with an HTML page', async () => {
    const reply = await post(simulator, order())
    assert.equal(reply.status, 200)
    assert.match(await reply.text(), /<lastEvent>AUTHORISED</)
    assert.match(
      simulator.worldpayUrls.paymentService,
      /\/worldpay\/jsp\/merchant\/xml\/paymentService\.jsp$/,
    )
    const refused = await fetch(simulator.worldpayUrls.paymentService, { method: 'POST', body: order() })
    assert.equal(refused.status, 401)
    assert.match(await refused.text(), /<html>.*Authorization Required/)
    assert.equal((await fetch(`${simulator.url}/worldpay/jsp/other.jsp`, { method: 'POST' })).status, 404)
    assert.equal((await fetch(`${simulator.url}/elsewhere`)).status, 404)
    assert.equal((await post(simulator, 'x'.repeat(300_000))).status, 413)
  })

  it('delivers late, and the charge is there before the answer', async () => {
    set({ kind: 'late', delayMs: 150 })
    const started = performance.now()
    const reply = post(simulator, order())
    await until(() => executions() === 1)
    assert.ok(performance.now() - started < 140)
    assert.equal((await reply).status, 200)
    assert.ok(performance.now() - started >= 145)
  })

  it('executes late when told to, although the client has given up', async () => {
    set({ kind: 'process-late', delayMs: 150 })
    await assert.rejects(post(simulator, order(), AbortSignal.timeout(50)))
    assert.equal(executions(), 0)
    await until(() => executions() === 1)
    set({ kind: 'process-late', delayMs: 10, times: 'always' })
    assert.match(await (await post(simulator, inquiry())).text(), /AUTHORISED/)
  })

  it('charges and hangs, or hangs without charging', async () => {
    set({ kind: 'hang', on: 'charge' })
    await assert.rejects(post(simulator, order(), AbortSignal.timeout(100)), { name: 'TimeoutError' })
    assert.equal(executions(), 1)
    set({ kind: 'hang', on: 'charge', when: 'before' })
    await assert.rejects(post(simulator, order({ orderCode: 'o2' }), AbortSignal.timeout(100)))
    assert.equal(executions('o2'), 0)
  })

  it('cuts at exactly byte n of the answer', async () => {
    const whole = await raw(simulator, order({ orderCode: 'whole' }))
    assert.match(whole, /^HTTP\/1\.1 200 OK\r\n/)
    for (const atByte of [1, 12, 100, 700]) {
      set({ kind: 'cut', on: 'charge', atByte })
      const got = await raw(simulator, order({ orderCode: `cut-${atByte}` }))
      assert.equal(Buffer.byteLength(got), atByte)
      assert.ok(got.startsWith('HTTP/1.1 200 OK'.slice(0, atByte)))
      assert.equal(executions(`cut-${atByte}`), 1)
    }
    set({ kind: 'cut', on: 'charge' })
    assert.equal(await raw(simulator, order({ orderCode: 'none' })), '')
    assert.equal(executions('none'), 1)
    set({ kind: 'cut', on: 'charge', when: 'before' })
    await assert.rejects(post(simulator, order({ orderCode: 'before' })))
    assert.equal(executions('before'), 0)
  })

  it('refuses connections for a while, really, and comes back by itself', async () => {
    await post(simulator, order())
    set({ kind: 'refuse', durationMs: 300 })
    // On a connection of its own: a pooled one would show that it was ended, not that a new one is refused.
    const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1')
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    assert.equal(error.code, 'ECONNREFUSED')
    await until(async () => (await post(simulator, inquiry()).catch(() => undefined))?.status === 200)
    assert.equal(executions(), 1)
  })

  it('answers each wrong thing as HTTP, the charge done', async () => {
    const expected: [FaultRequest, number, RegExp][] = [
      [{ kind: 'http-error' }, 503, /<html>/],
      [{ kind: 'http-error', status: 500 }, 500, /<html>/],
      [{ kind: 'html' }, 200, /<html>/],
      [{ kind: 'truncated' }, 200, /^<\?xml(?!.*<\/paymentService>)/s],
      [{ kind: 'wrong-reference' }, 200, /orderCode="o\d+-other"/],
      [{ kind: 'wrong-amount' }, 200, /<amount value="2000"/],
      [{ kind: 'wrong-currency' }, 200, /currencyCode="EUR"/],
      [{ kind: 'wrong-exponent' }, 200, /exponent="3"/],
      [{ kind: 'duplicate-text' }, 200, /Duplicate Order/],
    ]
    for (const [index, [fault, status, text]] of expected.entries()) {
      set(fault)
      const orderCode = `o${index}`
      const reply = await post(simulator, order({ orderCode }))
      assert.equal(reply.status, status)
      assert.match(await reply.text(), text)
      assert.equal(executions(orderCode), 1, fault.kind)
    }
  })

  it('has inquiries that lag and that are not available', async () => {
    await post(simulator, order())
    set({ kind: 'lagging-inquiry' })
    assert.match(await (await post(simulator, inquiry())).text(), /Could not find payment/)
    set({ kind: 'unavailable', on: 'inquiry' })
    assert.match(await (await post(simulator, inquiry())).text(), /<error code="8">/)
    assert.match(await (await post(simulator, inquiry())).text(), /AUTHORISED/)
    set({ kind: 'fails-later', on: 'capture' })
    const capture = modification(`<capture>${amount(1999)}</capture>`)
    assert.match(await (await post(simulator, capture)).text(), /captureReceived/)
    await until(async () => (await (await post(simulator, inquiry())).text()).includes('CAPTURE_FAILED'))
  })
})

describe('the control interface', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ port: 0, merchantCode: MERCHANT })
  })
  after(() => simulator.close())
  const call = async (method: string, path: string, value?: unknown) => {
    const body = value === undefined ? null : JSON.stringify(value)
    const reply = await fetch(simulator.worldpayUrls.control + path, { method, body })
    return { status: reply.status, value: (await reply.json()) as Record<string, unknown> }
  }

  it('tells the ledger with amounts as strings', async () => {
    await post(simulator, order())
    await post(simulator, order({ orderCode: 'o/2ü' }))
    const one = await call('GET', 'ledger/o1')
    assert.equal(one.value['liveMinor'], '1999')
    assert.equal((await call('GET', `ledger/${encodeURIComponent('o/2ü')}`)).value['executions'], 1)
    assert.equal((await call('GET', 'ledger/none')).status, 404)
    const all = (await call('GET', 'ledger?limit=1')).value as {
      orders: unknown[]
      more: boolean
      totals: unknown
    }
    assert.equal(all.orders.length, 1)
    assert.equal(all.more, true)
    assert.match(JSON.stringify(all.totals), /"liveMinor":"3998"/)
    assert.equal((await call('GET', 'health')).value['ok'], true)
  })

  it('sets, shows and clears faults', async () => {
    assert.equal((await call('POST', 'faults', { kind: 'html', on: 'inquiry', times: 2 })).status, 201)
    assert.match(await (await post(simulator, inquiry())).text(), /<html>/)
    const { faults } = (await call('GET', 'faults')).value as { faults: { id: number; struck: number }[] }
    assert.deepEqual(
      faults.map((fault) => fault.struck),
      [1],
    )
    assert.equal((await call('DELETE', `faults/${faults[0]?.id}`)).status, 200)
    assert.equal((await call('DELETE', 'faults/99')).status, 404)
    await call('POST', 'faults', { kind: 'hang' })
    await call('DELETE', 'faults')
    assert.deepEqual(simulator.worldpay.state.faults, [])
    const wrong = await call('POST', 'faults', { kind: 'hang', colour: 'red' })
    assert.equal(wrong.status, 400)
    assert.match(String(wrong.value['message']), /'colour'/)
    assert.equal((await call('POST', 'faults', [1])).status, 400)
  })

  it('changes options, never shows the password, and resets', async () => {
    assert.equal((await call('POST', 'options', { timeScale: 60, dedup: false })).value['timeScale'], 60)
    assert.equal('password' in (await call('GET', 'options')).value, false)
    assert.match(String((await call('POST', 'options', { timeScale: '60' })).value['message']), /'timeScale'/)
    assert.equal((await call('POST', 'options', { colour: 1 })).status, 400)
    await call('POST', 'reset')
    assert.equal(simulator.worldpay.ledger().orders.length, 0)
    assert.equal((await call('GET', 'nothing')).status, 404)
  })

  it('takes no form from another site', async () => {
    for (const path of ['control/reset', 'reset', 'faults']) {
      const reply = await fetch(`${simulator.url}/worldpay/${path}`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site' },
      })
      assert.equal(reply.status, 403, path)
    }
  })
})

describe('the pages', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ port: 0, merchantCode: MERCHANT })
  })
  after(() => simulator.close())
  const form = (path: string, fields: Record<string, string>) =>
    fetch(`${simulator.url}/worldpay/${path}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      redirect: 'manual',
    })

  it('show the empty and the full ledger, without a script and with a strict policy', async () => {
    const empty = await fetch(simulator.url)
    assert.match(empty.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'self'/)
    assert.match(await empty.text(), /Nothing was executed yet/)
    await post(simulator, order({ orderCode: 'o1&amp;' }))
    const full = await (await fetch(simulator.worldpayUrls.page)).text()
    assert.match(full, /<code>o1&amp;<\/code>.*4444\*{8}1111.*GBP 19\.99/)
    assert.doesNotMatch(full, /<script|style=/)
    const one = await fetch(`${simulator.url}/worldpay/orders/o1%26`)
    assert.match(await one.text(), /<td>authorised<\/td><td class="number">GBP 19\.99/)
    assert.equal((await fetch(`${simulator.url}/worldpay/orders/none`)).status, 404)
    assert.match(
      (await fetch(`${simulator.url}/worldpay/style.css`)).headers.get('content-type') ?? '',
      /text\/css/,
    )
  })

  it('set faults and options by form, and name what is wrong', async () => {
    const done = await form('faults', { kind: 'late', on: 'charge', times: '2', when: '', delayMs: '5' })
    assert.equal(done.status, 303)
    assert.equal(simulator.worldpay.state.faults[0]?.delayMs, 5)
    const wrong = await form('faults', { kind: 'late', delayMs: 'soon' })
    assert.equal(wrong.status, 400)
    assert.match(await wrong.text(), /role="alert">[^<]*&apos;delayMs&apos;/)
    const options = { timeScale: '60', processingMs: '1', modifyMs: '2', inquiryLagMs: '3' }
    await form('options', options)
    assert.equal(simulator.worldpay.state.options.timeScale, 60)
    assert.equal(simulator.worldpay.state.options.dedup, false)
    assert.equal((await form('options', { ...options, timeScale: 'fast' })).status, 400)
    await form('faults/clear', {})
    assert.deepEqual(simulator.worldpay.state.faults, [])
    const away = await form('faults', { kind: 'refuse', durationMs: '100' })
    assert.match(await away.text(), /http-equiv="refresh"/)
    await until(async () => (await fetch(simulator.worldpayUrls.page).catch(() => undefined))?.status === 200)
    await form('reset', {})
    assert.equal(simulator.worldpay.ledger().orders.length, 0)
  })
})

describe('the data file', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-simulator-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('keeps the ledger when the process is killed at once after the answer', async () => {
    const dataFile = join(folder, 'killed.jsonl')
    const program = `
      import { startSimulator } from ${JSON.stringify(new URL('./server.ts', import.meta.url).href)}
      const simulator = await startSimulator(${JSON.stringify({ port: 0, merchantCode: MERCHANT, dataFile })})
      console.log(simulator.worldpayUrls.paymentService)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    const url = chunk.toString().trim()
    const send = (body: string) => fetch(url, { method: 'POST', headers, body })
    for (let count = 0; count < 20; count++) await send(order({ orderCode: `o${count}` }))
    await send(modification(`<capture>${amount(500)}</capture>`, 'o7'))
    await send(order({ orderCode: 'last' }))
    child.kill('SIGKILL')
    await once(child, 'exit')

    const written = readFileSync(dataFile, 'utf8')
    assert.doesNotMatch(written, /4444333322221111|>555<|"555"/)
    writeFileSync(dataFile, `${written}{"order":{"orderCode":"torn`)
    for (let restart = 0; restart < 2; restart++) {
      const again = await startSimulator({ port: 0, merchantCode: MERCHANT, dataFile })
      assert.equal(again.worldpay.ledger().totals.byCurrency['GBP']?.liveMinor, 21n * 1999n)
      assert.equal(again.worldpay.state.counter, 21)
      assert.match(await (await post(again, order({ orderCode: 'last' }))).text(), /Duplicate Order/)
      const reply = await (
        await post(again, modification(`<capture>${amount(1499 + restart)}</capture>`, 'o7'))
      ).text()
      assert.match(reply, restart === 0 ? /captureReceived/ : /exceeds/)
      await again.close()
    }
    assert.equal(readFileSync(dataFile, 'utf8').trim().split('\n').length, 23)
  })

  it('is emptied by a reset, and refused when it is damaged', async () => {
    const dataFile = join(folder, 'reset.jsonl')
    const simulator = await startSimulator({ port: 0, merchantCode: MERCHANT, dataFile })
    await post(simulator, order())
    simulator.worldpay.reset()
    await post(simulator, order({ orderCode: 'o2' }))
    await simulator.close()
    assert.equal(readFileSync(dataFile, 'utf8').trim().split('\n').length, 1)
    writeFileSync(dataFile, `not json\n${readFileSync(dataFile, 'utf8')}`)
    await assert.rejects(startSimulator({ port: 0, dataFile }), /line 1 of the simulator's data file/)
    await assert.rejects(
      startSimulator({ port: 0, dataFile: join(folder, 'no', 'such') }),
      /cannot be opened/,
    )
  })
})

describe('starting', () => {
  it('names the port that is taken and the option that is wrong', async () => {
    const first = await startSimulator({ port: 0 })
    const port = Number(new URL(first.url).port)
    await assert.rejects(startSimulator({ port }), new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}`))
    await first.close()
    await assert.rejects(startSimulator({ port: 0, timeScale: 0 }), /'timeScale'/)
    const again = await startSimulator({ port })
    await again.close()
  })
})

/** One request on a bare connection: every byte that came back. */
function raw(simulator: Simulator, body: string): Promise<string> {
  const { port, pathname } = new URL(simulator.worldpayUrls.paymentService)
  return new Promise((resolve) => {
    let got = ''
    const socket: Socket = connect(Number(port), '127.0.0.1')
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      got += chunk
    })
    // A reset is one of the ways in which a cut can look.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(got))
    socket.end(
      `POST ${pathname} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${headers.authorization}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  })
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail('it did not come true within 3 s')
}
