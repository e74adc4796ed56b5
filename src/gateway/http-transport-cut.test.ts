import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { ANSWER_BODY, answerText, exchangeTo, listen, onRequest } from './http-peers.test-data.ts'
import { httpTransport } from './http-transport.ts'
import type { Sent } from './transport.ts'

/** Where a proxy cuts the connection, and how. */
interface Cut {
  readonly of: 'request' | 'answer'
  readonly atByte: number
  readonly by: 'end' | 'reset'
}

/**
 * Copies bytes both ways between a client and the server until the cut: so many bytes of the request, or of the
 * answer, pass, and then both connections are gone.
 */
function proxy(client: Socket, serverPort: number, cutOf: () => Cut): void {
  const server = connect(serverPort, '127.0.0.1')
  server.on('error', () => client.destroy())
  client.on('error', () => server.destroy())
  client.on('close', () => server.destroy())
  server.on('close', () => client.destroy())
  const end = (by: Cut['by']): void => {
    if (by === 'reset') client.resetAndDestroy()
    else client.destroy()
    // What has passed is delivered: the worst case is a request that arrived whole.
    server.end()
  }
  const copy = (from: Socket, to: Socket, which: Cut['of']): void => {
    let passed = 0
    from.on('data', (chunk: Buffer) => {
      const { of, atByte, by } = cutOf()
      const room = of === which ? Math.max(0, atByte - passed) : chunk.length
      passed += chunk.length
      to.write(chunk.subarray(0, room), () => {
        if (of === which && passed >= atByte) end(by)
      })
    })
  }
  copy(client, server, 'request')
  copy(server, client, 'answer')
}

async function sizes(more: string): Promise<{ request: number; answer: number }> {
  let request = 0
  await using peer = await listen((socket) => {
    socket.on('data', (chunk: Buffer) => (request += chunk.length))
    onRequest(socket, () => socket.write(answerText(ANSWER_BODY, more)))
  })
  const transport = httpTransport()
  await transport.send(exchangeTo(peer.port), () => undefined)
  await transport.close(0)
  return { request, answer: answerText(ANSWER_BODY, more).length }
}

for (const more of ['', 'Connection: close\r\n']) {
  for (const reused of [false, true]) {
    const on = `${reused ? 'a used' : 'a fresh'} connection${more === '' ? '' : ' that closes after it'}`
    // A connection that closes after each answer is never used again.
    if (reused && more !== '') continue

    void test(`cut at every byte of request and answer on ${on}: executed at most once, never told as not sent`, async () => {
      const size = await sizes(more)
      let executions = 0
      await using server = await listen((socket) =>
        onRequest(socket, () => {
          executions++
          socket.write(answerText(ANSWER_BODY, more))
        }),
      )
      const whole: Cut = { of: 'answer', atByte: Number.POSITIVE_INFINITY, by: 'end' }
      let cut = whole
      const seen = { answered: 0, unknown: 0, notSent: 0 }
      let unknownYetExecuted = 0
      for (const side of ['request', 'answer'] as const) {
        for (let atByte = 0; atByte <= size[side]; atByte++) {
          cut = whole
          // The cut counts bytes of one connection, so each place gets its own.
          let offset = 0
          await using middle = await listen((client) => proxy(client, server.port, () => cut))
          const transport = httpTransport()
          if (reused) {
            const first = await transport.send(exchangeTo(middle.port), () => undefined)
            assert.equal(first.kind, 'answered')
            offset = size[side]
          }
          executions = 0
          cut = { of: side, atByte: offset + atByte, by: atByte % 2 === 0 ? 'end' : 'reset' }
          const sent = await transport.send(exchangeTo(middle.port), () => undefined)
          await settled()
          await transport.close(0)
          seen[sent.kind]++
          if (sent.kind === 'unknown' && executions === 1) unknownYetExecuted++
          check(sent, executions, `${side} cut at ${atByte}`)
          if (side === 'answer' && atByte < size.answer) assert.notEqual(sent.kind, 'answered')
          if (reused) assert.equal(middle.sockets.length, 1, 'nothing was sent over another connection')
        }
      }
      assert.ok(seen.answered >= 1, JSON.stringify(seen))
      assert.ok(unknownYetExecuted >= size.answer, 'whoever took these for not sent would have paid twice')
    })
  }
}

function check(sent: Sent, executions: number, where: string): void {
  assert.ok(executions <= 1, `${where}: executed ${executions} times`)
  if (executions === 1) assert.notEqual(sent.kind, 'notSent', `${where}: ${JSON.stringify(sent)}`)
  if (sent.kind === 'answered') {
    assert.equal(executions, 1, where)
    assert.equal(Buffer.from(sent.answer.body).toString(), ANSWER_BODY, where)
  }
}

/** Long enough for whatever is on its way over loopback to arrive. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}
