import assert from 'node:assert/strict'
import { connect, Socket } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { Worker } from 'node:worker_threads'
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
  TEST_KEY,
  until,
} from './http-peers.test-data.ts'

void test('a refused port, an unknown name and an address that is none are not sent', async () => {
  const peer = await listen(() => undefined)
  const { port } = peer
  await peer[Symbol.asyncDispose]()
  await using transport = openTransport({ connectTimeoutMs: 2_000 })
  const refused = await transport.send(exchangeTo(port), go)
  assert.equal(refused.kind, 'notSent')
  assert.match(refused.kind === 'notSent' ? refused.why : '', /ECONNREFUSED/)
  for (const url of ['http://nobody.invalid/', 'nothing', 'ftp://127.0.0.1/', 'file:///etc/passwd']) {
    assert.equal((await transport.send(exchangeTo(port, { url }), go)).kind, 'notSent', url)
  }
})

void test('a header that cannot be written is not sent, and the connection lives on', async () => {
  let requests = 0
  await using peer = await listen((socket) => {
    onRequest(socket, () => {
      requests++
      socket.write(answerText())
    })
  })
  await using transport = openTransport()
  const sent = await transport.send(exchangeTo(peer.port, { headers: { bad: 'a\r\nb: c' } }), go)
  assert.equal(sent.kind, 'notSent')
  bodyOf(await transport.send(exchangeTo(peer.port), go))
  assert.equal(requests, 1)
  assert.equal(peer.sockets.length, 1)
})

void test('a host whose backlog is full is not sent to, within the time for connecting', async () => {
  // A listener that never accepts: its thread is blocked.
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer()
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 20)
     })`,
    { eval: true },
  )
  const port = await new Promise<number>((resolve) => worker.once('message', resolve))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  try {
    await new Promise((resolve) => setTimeout(resolve, 100))
    await using transport = openTransport({ connectTimeoutMs: 150 })
    const startedMs = performance.now()
    const sent = await transport.send(exchangeTo(port), go)
    assert.equal(sent.kind, 'notSent')
    assert.match(sent.kind === 'notSent' ? sent.why : '', /no connection within 150 ms/)
    assert.ok(performance.now() - startedMs < 10_000)
  } finally {
    for (const filler of fillers) filler.destroy()
    await worker.terminate()
  }
})

for (const { scheme, create } of schemes) {
  void test(`mayStart over ${scheme} writes not one byte when it refuses, on a fresh and on a used connection`, async () => {
    let bytes = 0
    await using peer = await listen((socket) => {
      socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
      onRequest(socket, () => socket.write(answerText()))
    }, create)
    await using transport = openTransport({ ca: TEST_CERTIFICATE })
    const exchange = exchangeTo(peer.port, { url: `${scheme}://127.0.0.1:${peer.port}/` })
    const fresh = await transport.send(exchange, () => 'too late')
    assert.deepEqual(fresh, { kind: 'notSent', why: 'too late' })
    await until(() => peer.sockets.length === 1)
    bodyOf(await transport.send(exchange, go))
    const before = bytes
    assert.ok(before > 0)
    const used = await transport.send(exchange, () => 'too late')
    assert.deepEqual(used, { kind: 'notSent', why: 'too late' })
    const thrown = await transport.send(exchange, () => {
      throw new Error('fence is gone')
    })
    assert.deepEqual(thrown, { kind: 'notSent', why: 'mayStart failed: fence is gone' })
    bodyOf(await transport.send(exchange, go))
    assert.equal(bytes, before * 2, 'only the two that were allowed')
    assert.equal(peer.sockets.length, 1)
  })
}

void test('mayStart is called in the same tick as the first byte is written', async (context) => {
  await using peer = await listen((socket) => onRequest(socket, () => socket.write(answerText())))
  await using transport = openTransport()
  const written = context.mock.method(Socket.prototype, 'write')
  for (const round of ['fresh', 'used']) {
    let before = 0
    let inTheSameTick = 0
    const sent = await transport.send(exchangeTo(peer.port), () => {
      before = written.mock.callCount()
      queueMicrotask(() => {
        inTheSameTick = written.mock.callCount() - before
      })
      return undefined
    })
    bodyOf(sent)
    assert.ok(inTheSameTick > 0, round)
  }
})

void test('a certificate that nobody vouches for, or for another name, is not sent to', async () => {
  let bytes = 0
  await using peer = await listen(
    (socket) => socket.on('data', (chunk: Buffer) => (bytes += chunk.length)),
    (onConnection) => createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, onConnection),
  )
  await using strict = openTransport()
  const selfSigned = await strict.send(exchangeTo(peer.port, { url: `https://127.0.0.1:${peer.port}/` }), go)
  assert.equal(selfSigned.kind, 'notSent')
  assert.match(selfSigned.kind === 'notSent' ? selfSigned.why : '', /self.signed/i)
  await using trusting = openTransport({ ca: TEST_CERTIFICATE })
  const otherName = await trusting.send(exchangeTo(peer.port, { url: `https://127.0.0.2:${peer.port}/` }), go)
  assert.equal(otherName.kind, 'notSent')
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  try {
    await using careless = openTransport()
    const still = await careless.send(exchangeTo(peer.port, { url: `https://127.0.0.1:${peer.port}/` }), go)
    assert.equal(still.kind, 'notSent')
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  }
  assert.equal(bytes, 0)
})

void test('a server that speaks no TLS, or hangs up in the handshake, is not sent to', async () => {
  await using plain = await listen((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
  await using closing = await listen((socket) => socket.on('data', () => socket.destroy()))
  await using silent = await listen(() => undefined)
  await using transport = openTransport({ connectTimeoutMs: 200 })
  for (const { port } of [plain, closing, silent]) {
    const sent = await transport.send(exchangeTo(port, { url: `https://127.0.0.1:${port}/` }), go)
    assert.equal(sent.kind, 'notSent')
  }
})
