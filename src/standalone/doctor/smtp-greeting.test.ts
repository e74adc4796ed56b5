import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { deadPort, never } from './doctor.test-data.ts'
import { smtpGreeting } from './smtp-greeting.ts'
import type { CheckResult } from './check.ts'

async function greetedBy(talk: (socket: Socket) => void, timeoutMs = 5_000): Promise<CheckResult> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    talk(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return await smtpGreeting({ host: '127.0.0.1', port, timeoutMs }).run(never)
  } finally {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('the greeting of a mail server', () => {
  it('is well on one line or several, in pieces too, and is answered with a farewell', async () => {
    let said = ''
    const one = await greetedBy((socket) => {
      socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
      socket.write('220 mail.exa')
      setImmediate(() => socket.write('mple ESMTP\r\n'))
    })
    assert.deepEqual([one.status, one.text.endsWith(' greets')], ['ok', true])
    const several = await greetedBy((socket) => socket.write('220-no spam\r\n220 mail.example\r\n'))
    assert.equal(several.status, 'ok')
    assert.match(said, /^(QUIT\r\n)?$/)
  })

  it('fails when it is another one, none, late, or without an end', async () => {
    const busy = await greetedBy((socket) => socket.write('421 too busy\r\n'))
    assert.deepEqual([busy.status, /it says '421 too busy'/.test(busy.text)], ['fail', true])
    const gone = await greetedBy((socket) => socket.end())
    assert.match(gone.text, /ended without a greeting/)
    const late = await greetedBy(() => undefined, 50)
    assert.match(late.text, /no greeting within 50 ms/)
    const flood = await greetedBy((socket) => socket.write('220-and more\r\n'.repeat(1_000)))
    assert.equal(flood.status, 'fail')
    const dead = await smtpGreeting({ host: '127.0.0.1', port: await deadPort() }).run(never)
    assert.deepEqual([dead.status, /ECONNREFUSED/.test(dead.text)], ['fail', true])
  })

  it('refuses options that cannot be', () => {
    assert.throws(() => smtpGreeting({ host: '' }), { code: 'CF_CONFIG', message: /host/ })
    assert.throws(() => smtpGreeting({ host: 'a', port: 0 }), { code: 'CF_CONFIG', message: /port/ })
    assert.throws(() => smtpGreeting({ host: 'a', timeoutMs: 60_000 }), {
      code: 'CF_CONFIG',
      message: /timeoutMs/,
    })
  })
})
