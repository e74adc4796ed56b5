import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TLSSocket } from 'node:tls'
import {
  ANSWER_BODY,
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
import { httpTransport } from './http-transport.ts'
import type { Sent } from './transport.ts'

void test('hundreds of exchanges one after the other use one connection, and quickly', async () => {
  await using peer = await listen((socket) => onRequest(socket, () => socket.write(answerText())))
  await using transport = openTransport()
  const startedMs = performance.now()
  for (let count = 0; count < 500; count++) bodyOf(await transport.send(exchangeTo(peer.port), go))
  assert.equal(peer.sockets.length, 1)
  assert.ok(performance.now() - startedMs < 20_000, `${performance.now() - startedMs} ms`)
})

for (const { scheme, create } of schemes) {
  void test(`an exchange over ${scheme} is answered, and its connection used again`, async () => {
    await using peer = await listen((socket) => onRequest(socket, () => socket.write(answerText())), create)
    await using transport = openTransport({ ca: TEST_CERTIFICATE })
    for (let count = 0; count < 5; count++) {
      const url = `${scheme}://localhost:${peer.port}/`
      assert.equal(bodyOf(await transport.send(exchangeTo(peer.port, { url }), go)), ANSWER_BODY)
    }
    assert.equal(peer.sockets.length, 1)
  })
}

void test('an answer on a connection that then closes is answered, and the next exchange gets a new one', async () => {
  await using peer = await listen((socket) =>
    onRequest(socket, () => socket.end(answerText(ANSWER_BODY, 'Connection: close\r\n'))),
  )
  await using transport = openTransport()
  for (let count = 0; count < 3; count++) bodyOf(await transport.send(exchangeTo(peer.port), go))
  assert.equal(peer.sockets.length, 3)
})

void test('a used connection that dies once the request is written is unknown, and nothing is sent again', async () => {
  let requests = 0
  await using peer = await listen((socket) =>
    onRequest(socket, () => {
      requests++
      if (requests % 2 === 1) socket.write(answerText())
      else socket.destroy()
    }),
  )
  await using transport = openTransport()
  bodyOf(await transport.send(exchangeTo(peer.port), go))
  const sent = await transport.send(exchangeTo(peer.port), go)
  assert.equal(sent.kind, 'unknown')
  assert.equal(sent.kind === 'unknown' && sent.socketReset, false, 'it was closed by the other side')
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(requests, 2)
})

void test('a used connection that was closed while idle is replaced before the first byte', async () => {
  let requests = 0
  await using peer = await listen((socket) =>
    onRequest(socket, () => {
      requests++
      socket.write(answerText())
    }),
  )
  await using transport = openTransport()
  for (let count = 1; count <= 20; count++) {
    bodyOf(await transport.send(exchangeTo(peer.port), go))
    assert.equal(requests, count)
    peer.sockets.at(-1)?.destroy()
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
})

void test('a close that is noticed in the moment before the first byte costs a new connection, not the exchange', async () => {
  let requests = 0
  await using peer = await listen((socket) =>
    onRequest(socket, () => {
      requests++
      socket.write(answerText())
    }),
  )
  await using transport = openTransport()
  for (let count = 1; count <= 20; count++) {
    bodyOf(await transport.send(exchangeTo(peer.port), go))
    // From here the event loop polls once between the choice of a connection and the first byte.
    await new Promise((resolve) => setImmediate(resolve))
    peer.sockets.at(-1)?.destroy()
    let starts = 0
    bodyOf(await transport.send(exchangeTo(peer.port), () => void starts++))
    assert.equal(starts, 1)
    assert.equal(requests, count * 2)
  }
})

void test('a close that crosses the request on its way is unknown at worst, and nothing is sent twice', async () => {
  let requests = 0
  await using peer = await listen((socket) =>
    onRequest(socket, () => {
      requests++
      socket.write(answerText())
    }),
  )
  await using transport = openTransport()
  for (let count = 1; count <= 40; count++) {
    bodyOf(await transport.send(exchangeTo(peer.port), go))
    requests = 0
    let starts = 0
    peer.sockets.at(-1)?.destroy()
    const sent = await transport.send(exchangeTo(peer.port), () => void starts++)
    assert.equal(starts, 1, 'asked once, so written once at most')
    assert.ok(sent.kind === 'answered' ? requests === 1 : sent.kind === 'unknown', sent.kind)
    assert.ok(requests <= 1)
  }
})

void test('an idle connection is closed after its time', async () => {
  await using peer = await listen((socket) => onRequest(socket, () => socket.write(answerText())))
  await using transport = openTransport({ idleTimeoutMs: 50 })
  bodyOf(await transport.send(exchangeTo(peer.port), go))
  await until(() => peer.sockets[0]?.destroyed === true)
  bodyOf(await transport.send(exchangeTo(peer.port), go))
  assert.equal(peer.sockets.length, 2)
})

void test('connections are bounded, those who wait are served in order, and who waits too long is not sent', async () => {
  const answers: (() => void)[] = []
  await using peer = await listen((socket) =>
    onRequest(socket, () => answers.push(() => socket.write(answerText()))),
  )
  await using transport = openTransport({ connectionsMax: 2, waitersMax: 2, waitTimeoutMs: 500 })
  const order: number[] = []
  const send = async (name: number): Promise<Sent> => {
    const sent = await transport.send(exchangeTo(peer.port), go)
    order.push(name)
    return sent
  }
  const sends = [1, 2, 3, 4, 5].map((name) => send(name))
  const tooMany = await sends[4]
  assert.equal(tooMany?.kind, 'notSent')
  assert.match(tooMany?.kind === 'notSent' ? tooMany.why : '', /2 others wait/)
  await until(() => answers.length === 2)
  answers.shift()?.()
  await sends[0]
  await until(() => answers.length === 2)
  const tooLong = await sends[3]
  assert.match(tooLong?.kind === 'notSent' ? tooLong.why : '', /no connection was free within 500 ms/)
  for (const answer of answers) answer()
  assert.deepEqual(
    (await Promise.all(sends)).map(({ kind }) => kind),
    ['answered', 'answered', 'answered', 'notSent', 'notSent'],
  )
  assert.deepEqual(order.slice(0, 3), [5, 1, 4])
  assert.equal(peer.sockets.length, 2)
})

void test('who has its turn waits for its own connection only, not for the others any more', async () => {
  await using peer = await listen((socket) => {
    // The second handshake begins late: later than anyone may wait for a turn.
    const delayMs = peer.sockets.length > 1 ? 600 : 0
    setTimeout(() => {
      const options = { isServer: true, cert: TEST_CERTIFICATE, key: TEST_KEY }
      const secure = new TLSSocket(socket, options)
      secure.on('error', () => secure.destroy())
      onRequest(secure, () => secure.end(answerText(ANSWER_BODY, 'Connection: close\r\n')))
    }, delayMs)
  })
  await using transport = openTransport({ connectionsMax: 1, waitTimeoutMs: 400, ca: TEST_CERTIFICATE })
  const exchange = exchangeTo(peer.port, { url: `https://127.0.0.1:${peer.port}/` })
  const sends = await Promise.all([transport.send(exchange, go), transport.send(exchange, go)])
  for (const sent of sends) bodyOf(sent)
  bodyOf(await transport.send(exchange, go))
})

void test('waiting for a refused host ends for everyone', async () => {
  const peer = await listen(() => undefined)
  await peer[Symbol.asyncDispose]()
  await using transport = openTransport({ connectionsMax: 1 })
  const sends = await Promise.all(Array.from({ length: 20 }, () => transport.send(exchangeTo(peer.port), go)))
  assert.ok(sends.every(({ kind }) => kind === 'notSent'))
})

void test('closing lets what is under way end, resets what does not, and sends nothing more', async () => {
  let requests = 0
  await using peer = await listen((socket) =>
    onRequest(socket, () => {
      requests++
      if (requests === 1) setTimeout(() => socket.write(answerText()), 60)
    }),
  )
  const transport = httpTransport({ connectionsMax: 2 })
  const quick = transport.send(exchangeTo(peer.port), go)
  await until(() => requests === 1)
  const stuck = transport.send(exchangeTo(peer.port), go)
  await until(() => requests === 2)
  const waiting = transport.send(exchangeTo(peer.port), go)
  const closed = Promise.all([transport.close(500), transport.close(500)])
  assert.deepEqual(await waiting, { kind: 'notSent', why: 'the transport was closed' })
  assert.equal((await quick).kind, 'answered')
  assert.deepEqual(await stuck, { kind: 'unknown', why: 'the transport was closed', socketReset: true })
  await closed
  assert.equal((await transport.send(exchangeTo(peer.port), go)).kind, 'notSent')
  assert.equal(requests, 2)
  await until(() => peer.sockets.every(({ destroyed }) => destroyed))
})

void test('closing while a connection is being made sends nothing', async () => {
  await using silent = await listen(() => undefined)
  const transport = httpTransport()
  const sent = transport.send(exchangeTo(silent.port, { url: `https://127.0.0.1:${silent.port}/` }), go)
  await until(() => silent.sockets.length === 1)
  await transport.close(1_000)
  assert.equal((await sent).kind, 'notSent')
})
