import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CounterfoilError } from '../errors.ts'
import {
  answerText,
  bodyOf,
  exchangeTo,
  go,
  listen,
  onRequest,
  openTransport,
  schemes,
  TEST_CERTIFICATE,
  until,
} from './http-peers.test-data.ts'
import { httpTransport } from './http-transport.ts'
import type { HttpTransportOptions } from './http-transport.ts'

void test('an exchange arrives once, as it was built, and its answer comes back', async () => {
  const requests: string[] = []
  await using peer = await listen((socket) =>
    onRequest(socket, (text) => {
      requests.push(text)
      socket.write(answerText('caf\u00e9', 'Set-Cookie: machine=1\r\nSet-Cookie: b=2\r\n'))
    }),
  )
  await using transport = openTransport()
  const sent = await transport.send(exchangeTo(peer.port, { body: '<caf\u00e9/>' }), go)
  assert.equal(bodyOf(sent), 'caf\u00e9')
  assert.equal(sent.kind === 'answered' && sent.answer.status, 200)
  assert.equal(sent.kind === 'answered' && sent.answer.headers['content-type'], 'text/xml')
  assert.equal(sent.kind === 'answered' && sent.answer.headers['set-cookie'], 'machine=1, b=2')
  assert.equal(requests.length, 1)
  assert.match(requests[0] ?? '', /^POST \/pay\?x=1 HTTP\/1\.1\r\n/)
  assert.match(requests[0] ?? '', /content-type: text\/xml\r\n/)
  assert.match(requests[0] ?? '', /accept-encoding: identity\r\n/)
  assert.ok(requests[0]?.endsWith(`\r\n\r\n${Buffer.from('<caf\u00e9/>').toString('latin1')}`))
})

for (const { scheme, create } of schemes) {
  void test(`no answer in time resets the socket below ${scheme}, and the server sees it`, async () => {
    let requests = 0
    await using peer = await listen((socket) => onRequest(socket, () => requests++), create)
    await using transport = openTransport({ ca: TEST_CERTIFICATE })
    const url = `${scheme}://127.0.0.1:${peer.port}/`
    const startedMs = performance.now()
    const sent = await transport.send(exchangeTo(peer.port, { url, timeoutMs: 100 }), go)
    const tookMs = performance.now() - startedMs
    assert.deepEqual(sent, { kind: 'unknown', why: 'no whole answer within 100 ms', socketReset: true })
    assert.ok(tookMs >= 99 && tookMs < 4_000, `${tookMs} ms`)
    assert.equal(requests, 1)
    await until(() => peer.errors.length > 0)
    assert.deepEqual(peer.errors, ['ECONNRESET'])
  })
}

void test('a redirect is an answer and is not followed', async () => {
  await using peer = await listen((socket) =>
    onRequest(socket, () =>
      socket.write('HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n'),
    ),
  )
  await using transport = openTransport()
  const sent = await transport.send(exchangeTo(peer.port), go)
  assert.equal(sent.kind === 'answered' && sent.answer.status, 302)
})

void test('an answer that drips is cut off when the whole time is over, not when a byte was slow', async () => {
  await using peer = await listen((socket) =>
    onRequest(socket, () => {
      const text = answerText('x'.repeat(1_000))
      let at = 0
      const timer = setInterval(() => {
        if (socket.destroyed) clearInterval(timer)
        else socket.write(text.slice(at, ++at))
      }, 5)
      socket.on('close', () => clearInterval(timer))
    }),
  )
  await using transport = openTransport()
  const startedMs = performance.now()
  const sent = await transport.send(exchangeTo(peer.port, { timeoutMs: 200 }), go)
  assert.equal(sent.kind, 'unknown')
  assert.equal(sent.kind === 'unknown' && sent.socketReset, true)
  const tookMs = performance.now() - startedMs
  assert.ok(tookMs >= 199 && tookMs < 4_000, `${tookMs} ms`)
})

void test('an answer that is too long is cut off and unknown, announced or not', async () => {
  const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n${'x'.repeat(1_000)}\r\n`
  for (const text of [answerText('x'.repeat(1_001)), `${chunked}3e8\r\n${'x'.repeat(1_000)}\r\n`]) {
    await using peer = await listen((socket) => onRequest(socket, () => socket.write(text)))
    await using transport = openTransport()
    const sent = await transport.send(exchangeTo(peer.port, { answerBytesMax: 1_000 }), go)
    assert.equal(sent.kind, 'unknown')
    assert.equal(sent.kind === 'unknown' && sent.socketReset, true)
    assert.match(sent.kind === 'unknown' ? sent.why : '', /more than 1000 bytes/)
  }
  await using peer = await listen((socket) =>
    onRequest(socket, () => socket.write(answerText('x'.repeat(1_000)))),
  )
  await using transport = openTransport()
  const exact = await transport.send(exchangeTo(peer.port, { answerBytesMax: 1_000 }), go)
  assert.equal(bodyOf(exact).length, 1_000)
})

void test('what is not HTTP, has a giant head, or does not say where it ends is unknown', async () => {
  for (const text of [
    'SSH-2.0-OpenSSH\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n<ok/>',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<ok/>',
    'HTTP/1.0 200 OK\r\n\r\n<ok/>',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  ]) {
    await using peer = await listen((socket) => onRequest(socket, () => socket.end(text)))
    await using transport = openTransport()
    const sent = await transport.send(exchangeTo(peer.port), go)
    assert.equal(sent.kind, 'unknown', text.slice(0, 60))
  }
})

void test('each wrong option is refused by its name', () => {
  const wrong: readonly HttpTransportOptions[] = [
    { connectTimeoutMs: 0 },
    { connectionsMax: 1.5 },
    { waitersMax: -1 },
    { waitTimeoutMs: Number.NaN },
    { idleTimeoutMs: Number.POSITIVE_INFINITY },
  ]
  for (const options of wrong) {
    const [name = ''] = Object.keys(options)
    assert.throws(
      () => httpTransport(options),
      (error: unknown) =>
        error instanceof CounterfoilError && error.code === 'CF_CONFIG' && error.message.includes(name),
    )
  }
})
