import assert from 'node:assert/strict'
import { connect, Socket } from 'node:net'
import type { Server } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { CounterfoilError } from '../errors.ts'
import {
  ANSWER_BODY,
  answerText,
  exchangeTo,
  listen,
  onRequest,
  TEST_CERTIFICATE,
  TEST_KEY,
  until,
} from './http-peers.test.ts'
import { httpTransport } from './http-transport.ts'
import type { HttpTransportOptions } from './http-transport.ts'
import type { Sent, Transport } from './transport.ts'

const go = (): undefined => undefined

/** A transport that is closed when the test's block ends. */
function open(options: HttpTransportOptions = {}): Transport & AsyncDisposable {
  const transport = httpTransport(options)
  return { ...transport, [Symbol.asyncDispose]: () => transport.close(0) }
}

function bodyOf(sent: Sent): string {
  assert.equal(sent.kind, 'answered', JSON.stringify(sent))
  return sent.kind === 'answered' ? Buffer.from(sent.answer.body).toString() : ''
}

void test('an exchange arrives once, as it was built, and its answer comes back', async () => {
  const requests: string[] = []
  await using peer = await listen((socket) =>
    onRequest(socket, (text) => {
      requests.push(text)
      socket.write(answerText('caf\u00e9', 'Set-Cookie: machine=1\r\nSet-Cookie: b=2\r\n'))
    }),
  )
  await using transport = open()
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

void test('hundreds of exchanges one after the other use one connection, and quickly', async () => {
  await using peer = await listen((socket) => onRequest(socket, () => socket.write(answerText())))
  await using transport = open()
  const startedMs = performance.now()
  for (let count = 0; count < 500; count++) bodyOf(await transport.send(exchangeTo(peer.port), go))
  assert.equal(peer.sockets.length, 1)
  assert.ok(performance.now() - startedMs < 20_000, `${performance.now() - startedMs} ms`)
})

void test('a redirect is an answer and is not followed', async () => {
  await using peer = await listen((socket) =>
    onRequest(socket, () =>
      socket.write('HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n'),
    ),
  )
  await using transport = open()
  const sent = await transport.send(exchangeTo(peer.port), go)
  assert.equal(sent.kind === 'answered' && sent.answer.status, 302)
})

void test('a refused port, an unknown name and an address that is none are not sent', async () => {
  const peer = await listen(() => undefined)
  const { port } = peer
  await peer[Symbol.asyncDispose]()
  await using transport = open({ connectTimeoutMs: 2_000 })
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
  await using transport = open()
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
    await using transport = open({ connectTimeoutMs: 150 })
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

for (const secure of [false, true]) {
  const scheme = secure ? 'https' : 'http'
  const create = secure
    ? (onConnection: (socket: Socket) => void): Server =>
        createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, onConnection)
    : undefined

  void test(`no answer in time resets the socket below ${scheme}, and the server sees it`, async () => {
    let requests = 0
    await using peer = await listen((socket) => onRequest(socket, () => requests++), create)
    await using transport = open({ ca: TEST_CERTIFICATE })
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

  void test(`an exchange over ${scheme} is answered, and its connection used again`, async () => {
    await using peer = await listen((socket) => onRequest(socket, () => socket.write(answerText())), create)
    await using transport = open({ ca: TEST_CERTIFICATE })
    for (let count = 0; count < 5; count++) {
      const url = `${scheme}://localhost:${peer.port}/`
      assert.equal(bodyOf(await transport.send(exchangeTo(peer.port, { url }), go)), ANSWER_BODY)
    }
    assert.equal(peer.sockets.length, 1)
  })

  void test(`mayStart over ${scheme} writes not one byte when it refuses, on a fresh and on a used connection`, async () => {
    let bytes = 0
    await using peer = await listen((socket) => {
      socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
      onRequest(socket, () => socket.write(answerText()))
    }, create)
    await using transport = open({ ca: TEST_CERTIFICATE })
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
  await using transport = open()
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
  await using strict = open()
  const selfSigned = await strict.send(exchangeTo(peer.port, { url: `https://127.0.0.1:${peer.port}/` }), go)
  assert.equal(selfSigned.kind, 'notSent')
  assert.match(selfSigned.kind === 'notSent' ? selfSigned.why : '', /self.signed/i)
  await using trusting = open({ ca: TEST_CERTIFICATE })
  const otherName = await trusting.send(exchangeTo(peer.port, { url: `https://127.0.0.2:${peer.port}/` }), go)
  assert.equal(otherName.kind, 'notSent')
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  try {
    await using careless = open()
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
  await using transport = open({ connectTimeoutMs: 200 })
  for (const { port } of [plain, closing, silent]) {
    const sent = await transport.send(exchangeTo(port, { url: `https://127.0.0.1:${port}/` }), go)
    assert.equal(sent.kind, 'notSent')
  }
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
  await using transport = open()
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
    await using transport = open()
    const sent = await transport.send(exchangeTo(peer.port, { answerBytesMax: 1_000 }), go)
    assert.equal(sent.kind, 'unknown')
    assert.equal(sent.kind === 'unknown' && sent.socketReset, true)
    assert.match(sent.kind === 'unknown' ? sent.why : '', /more than 1000 bytes/)
  }
  await using peer = await listen((socket) =>
    onRequest(socket, () => socket.write(answerText('x'.repeat(1_000)))),
  )
  await using transport = open()
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
    await using transport = open()
    const sent = await transport.send(exchangeTo(peer.port), go)
    assert.equal(sent.kind, 'unknown', text.slice(0, 60))
  }
})

void test('an answer on a connection that then closes is answered, and the next exchange gets a new one', async () => {
  await using peer = await listen((socket) =>
    onRequest(socket, () => socket.end(answerText(ANSWER_BODY, 'Connection: close\r\n'))),
  )
  await using transport = open()
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
  await using transport = open()
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
  await using transport = open()
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
  await using transport = open()
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
  await using transport = open()
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
  await using transport = open({ idleTimeoutMs: 50 })
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
  await using transport = open({ connectionsMax: 2, waitersMax: 2, waitTimeoutMs: 500 })
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
  await using transport = open({ connectionsMax: 1, waitTimeoutMs: 400, ca: TEST_CERTIFICATE })
  const exchange = exchangeTo(peer.port, { url: `https://127.0.0.1:${peer.port}/` })
  const sends = await Promise.all([transport.send(exchange, go), transport.send(exchange, go)])
  for (const sent of sends) bodyOf(sent)
  bodyOf(await transport.send(exchange, go))
})

void test('waiting for a refused host ends for everyone', async () => {
  const peer = await listen(() => undefined)
  await peer[Symbol.asyncDispose]()
  await using transport = open({ connectionsMax: 1 })
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
