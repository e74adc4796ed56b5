import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { UnusableError, UsageError } from './command.ts'
import { Progress } from './progress.ts'
import { reconcileBed } from './reconcile.test-data.ts'
import { reconcile } from './reconcile.ts'
import { apiKeyFrom, KEY_VARIABLE, ServerApi } from './server-api.ts'

const HEAD = 'Order Code,Reference,Event,Event Date,Currency,Amount,Commission,Net Amount,Transaction Id\r\n'
const row = (code: string, more = '20.00,0.30,19.70'): string =>
  `${code},,CAPTURED,2026-01-31T10:00:00Z,GBP,${more},T1\r\n`

/** A server that answers each request with the next of these; the last one for ever. */
async function serving(
  answers: readonly ((request: IncomingMessage, response: ServerResponse) => void)[],
): Promise<AsyncDisposable & { readonly url: string; readonly asked: number }> {
  let asked = 0
  const server = createServer((request, response) =>
    answers[Math.min(asked++, answers.length - 1)]?.(request, response),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay`,
    get asked() {
      return asked
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const says =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  }

describe('counterfoil reconcile', () => {
  it('compares what it can read, leaves the period open, and tells what it could not read', async () => {
    await using bed = await reconcileBed()
    const payment = await bed.pay('order-1')
    const code = payment.operations[0]?.reference ?? ''
    const file = bed.file(
      'broken.csv',
      `${HEAD}${row('x', '20,00')}"${row('y')}${row(code)}${row('nobodys')}`,
    )
    const ran = await bed.run(file, '--period-end', new Date().toISOString())
    assert.equal(ran.code, 1)
    assert.deepEqual(ran.json.outcomes, { agrees: 1, 'no-payment': 1 })
    assert.deepEqual(
      ran.json.unreadable.map(({ lineNumber }: { lineNumber: number }) => lineNumber),
      [2, 3],
    )
    assert.equal(ran.json.looked, undefined)
    assert.deepEqual(await bed.cf.cases(), [])
  })

  it('ends with 2 when it cannot run: no report, no such column, no such provider, a key that is not known', async () => {
    await using bed = await reconcileBed()
    const good = bed.file('good.csv', HEAD + row('x'))
    const wrongKey = bed.file('wrong-key', 'a-key-that-this-server-does-not-know')
    for (const [argv, words] of [
      [['/nowhere/at-all.csv'], /cannot be read: ENOENT/],
      [[bed.file('other.csv', 'a,b\n1,2\n')], /CF_SETTLEMENT_REPORT: .*has no column 'Order Code'/],
      [[good, '--account', 'OTHER'], /CF_QUERY: .*there is no 'OTHER'.*\n.*run it again/],
      [[good, '--key-file', wrongKey], /CF_API_KEY_REFUSED/],
      [[good, '--columns', wrongKey], /is no JSON/],
      [
        [good, '--columns', bed.file('columns.json', '{}')],
        /CF_CONFIG: .*'columns' is allowed to be an object/,
      ],
    ] as const) {
      const ran = await bed.run(argv[0], ...argv.slice(1))
      assert.deepEqual([ran.code, ran.out], [2, ''], argv.join(' '))
      assert.match(ran.error, words)
    }
  })

  it('comes to the same end when it was broken off in the middle and is run again, and writes nothing twice', async () => {
    await using bed = await reconcileBed()
    const { id, operations } = await bed.pay('order-1')
    const { id: other, operations: others } = await bed.pay('order-2')
    const fees = Array.from(
      { length: 250 },
      (_, index) => `,,FEE,2026-01-31T10:00:00Z,GBP,,0.01,-0.01,F${index}\r\n`,
    )
    const [first, last] = [row(operations[0]?.reference ?? ''), row(others[0]?.reference ?? '')]
    const file = bed.file('long.csv', HEAD + first + fees.join('') + last)
    const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: Uint8Array[] = []
      for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
      const { authorization = '' } = request.headers
      const headers = { authorization, 'content-type': 'application/json' }
      const answer = await fetch(`${bed.server}/v1/settlements`, {
        method: 'POST',
        headers,
        body: Buffer.concat(chunks),
      })
      says(answer.status, await answer.text())(request, response)
    }
    await using between = await serving([
      (request, response) => void forward(request, response),
      says(400, {}),
    ])
    const broken = await bed.run(file, '--server', between.url)
    assert.deepEqual([broken.code, between.asked], [2, 2])
    const settled = async (payment: string): Promise<number> =>
      (await bed.cf.history(payment)).flatMap(({ events }) => events.filter(({ type }) => type === 'settled'))
        .length
    assert.deepEqual([await settled(id), await settled(other)], [1, 0])
    const again = await bed.run(file)
    assert.deepEqual([again.code, again.json.outcomes], [0, { agrees: 2, 'account-fee': 250 }])
    assert.deepEqual([await settled(id), await settled(other)], [1, 1])
    const bank = again.json.paid.find(({ account }: { account: string }) => account === 'bank')
    assert.equal(bank.amountMinor, String(2 * 1970 - 250))
  })

  it('is called wrongly without report, provider, server or key, and with a time that is none', async () => {
    const nowhere = { out: () => undefined, error: () => undefined }
    const base = ['r.csv', '--gateway', 'worldpay', '--server', 'https://shop.example/pay']
    for (const argv of [
      [],
      ['r.csv', 'other.csv'],
      base.slice(0, 1),
      base.slice(0, 3),
      [...base, '--period-end', 'yesterday'],
      [...base, '--since', '2026-01-01'],
      [...base, '--key-file', '/nowhere/at-all'],
      [...base.slice(0, 3), '--server', 'http://shop.example/pay'],
      [
        'r.csv',
        '--gateway',
        'opayo',
        '--server',
        'https://shop.example/pay',
        '--key-file',
        import.meta.filename,
      ],
    ]) {
      await assert.rejects(reconcile(argv, nowhere), UsageError, argv.join(' '))
    }
  })
})

describe('the API of a server', () => {
  it('is asked again while it is busy or away, for as long as it says, and not for ever', async () => {
    await using server = await serving([
      says(503, {}, { 'retry-after': '7' }),
      (request) => request.socket.destroy(),
      says(429, {}, { 'retry-after': '100000' }),
      says(200, { fine: true }),
    ])
    const waited: number[] = []
    const api = new ServerApi(server.url, 'key', async (ms) => waited.push(ms))
    assert.deepEqual(await api.post('/x', {}), { fine: true })
    assert.deepEqual(waited, [7_000, 1_000, 60_000])
    await using away = await serving([says(502, '<html>')])
    const other = new ServerApi(away.url, 'key', async () => undefined)
    await assert.rejects(
      other.post('/x', {}),
      (error) => error instanceof UnusableError && /502/.test(error.message),
    )
    assert.equal(away.asked, 6)
  })

  it('is believed when it refuses, and not when something else answers', async () => {
    await using server = await serving([
      says(400, { code: 'CF_QUERY', title: 'Out of range', detail: 'a\u001b[31m' }),
      says(200, '<html>a proxy</html>'),
      says(302, '', { location: 'https://elsewhere.example/' }),
    ])
    const api = new ServerApi(server.url, 'key', async () => assert.fail('nothing is repeated'))
    await assert.rejects(api.post('/x', {}), /400 CF_QUERY: Out of range: a\?\[31m/)
    await assert.rejects(api.post('/x', {}), /200 by something that is not this server/)
    await assert.rejects(api.post('/x', {}), /302 by something/)
  })

  it('needs a key, which is no argument', () => {
    assert.equal(apiKeyFrom(undefined, { [KEY_VARIABLE]: 'the-key' }), 'the-key')
    assert.throws(() => apiKeyFrom(undefined, {}), /COUNTERFOIL_API_KEY/)
    assert.throws(() => apiKeyFrom(undefined, { [KEY_VARIABLE]: 'two words' }), UsageError)
  })
})

describe('progress', () => {
  it('is a bar that goes away on a terminal, and a line each tenth of the way elsewhere', () => {
    const shown = (isTerminal: boolean): string => {
      let text = ''
      const progress = new Progress('r.csv', { isTerminal, write: (more) => void (text += more) })
      for (const part of [0.01, 0.02, 0.5, 0.5, 2]) progress.show(part, 'lines')
      progress.end()
      return text
    }
    const bar = (full: number, percent: string): string =>
      `[${'#'.repeat(full)}${'.'.repeat(30 - full)}] ${percent}  lines`
    const last = bar(30, '100 %')
    assert.equal(
      shown(true),
      `\r${bar(0, '  1 %')}\r${bar(0, '  2 %')}\r${bar(15, ' 50 %')}\r${last}\r${' '.repeat(last.length)}\r`,
    )
    assert.equal(shown(false), 'r.csv: 50 %, lines\nr.csv: 100 %, lines\n')
  })
})
