import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { Positions } from '../../chaos/positions.ts'
import { Wire } from '../../chaos/wire.ts'

const REQUEST = 'a question of 25 bytes...'
const ANSWER = 'an answer'

describe('a wire', () => {
  let server: Server
  /** Per connection: what arrived there. */
  let arrived: string[] = []
  before(async () => {
    server = createServer((socket) => {
      const index = arrived.push('') - 1
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        arrived[index] += chunk.toString()
        if (arrived[index]?.endsWith('...') === true) socket.write(ANSWER)
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  after(() => server.close())

  /** What came back before the connection ended, or as soon as all of it has. */
  async function ask(wire: Wire): Promise<string> {
    const socket = connect(wire.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(REQUEST)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
      if (answer === ANSWER) socket.destroy()
    })
    await closed(socket)
    return answer
  }

  it('cuts an exchange at every byte of request and answer, and lets all before it through', async () => {
    await using wire = await Wire.to((server.address() as AddressInfo).port)
    const total = REQUEST.length + ANSWER.length
    for (let at = 0; at < total; at++) {
      arrived = []
      wire.cutting = { next: () => at, learn: () => undefined, struck: () => undefined } as never
      const answer = await ask(wire)
      const whole = (arrived[0] ?? '') + answer
      assert.equal(whole, (REQUEST + ANSWER).slice(0, at), `cut at ${at}`)
    }
    assert.equal(wire.cuts, total)
  })

  it('lets nothing through while it is silent, and all of it afterwards', async () => {
    await using wire = await Wire.to((server.address() as AddressInfo).port)
    arrived = []
    wire.weather = 'silent'
    const asked = ask(wire)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(arrived.join(''), '')
    wire.weather = 'fair'
    assert.equal(await asked, ANSWER)
  })

  it('leads elsewhere when it is told to, and cuts off who was there', async () => {
    const other = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(ANSWER))
    })
    await once(other.listen(0, '127.0.0.1'), 'listening')
    await using wire = await Wire.to((server.address() as AddressInfo).port)
    const stays = connect(wire.port, '127.0.0.1')
    stays.on('error', () => undefined)
    await once(stays, 'connect')
    wire.redirect((other.address() as AddressInfo).port)
    await closed(stays)
    arrived = []
    assert.equal(await ask(wire), ANSWER)
    assert.deepEqual(arrived, [])
    other.close()
  })
})

/** Also when that is by an error: connections are cut here. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

describe('the positions of cuts', () => {
  it('are every byte of an exchange once before any comes again', () => {
    const positions = new Positions(17)
    positions.passes = 0
    const length = 1_000
    for (let turn = 0; turn < length; turn++) {
      const position = positions.next()
      assert.ok(position !== undefined && position < length)
      positions.struck(position)
    }
    assert.equal(positions.count, length)
  })

  it('wait for an exchange that is long enough, and not for ever', () => {
    const positions = new Positions(0)
    positions.passes = 0
    const first = positions.next()
    assert.equal(positions.next(), first)
    const seen = new Set(Array.from({ length: 100 }, () => positions.next()))
    assert.ok(seen.size > 1)
  })

  it('let so many exchanges through in between', () => {
    const positions = new Positions(0)
    assert.equal(positions.next(), undefined)
    positions.passes = 3
    const cut = Array.from({ length: 12 }, () => {
      const position = positions.next()
      if (position !== undefined) positions.struck(position)
      return position !== undefined
    })
    assert.equal(cut.filter(Boolean).length, 3)
  })
})
