import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startSimulator } from '../../simulators/index.ts'
import { checkClock, judgeClock } from './clock-check.ts'
import { cardAt, deadPort, Peer } from './doctor.test-data.ts'
import { checkInquiries } from './inquiry-check.ts'
import { askProviders } from './provider-inquiry.ts'

const HOUR_MS = 3_600_000

describe('the inquiry of a random reference', () => {
  it('is well when the provider says that it has none, and is asked once for modules of one account', async () => {
    const simulator = await startSimulator({ port: 0 })
    try {
      const card = cardAt(simulator.worldpayUrls.paymentService)
      const asked = await askProviders([card, { ...card, name: 'card-later' }])
      assert.equal(asked.length, 1)
      const checked = checkInquiries(asked)
      assert.equal(checked.status, 'ok', checked.text)
      assert.match(
        checked.text,
        /^card, card-later: account COUNTERFOIL at 127\.0\.0\.1:\d+ answers, and knows no/,
      )
      assert.equal(checkClock(asked).status, 'ok', checkClock(asked).text)
      assert.deepEqual(simulator.worldpay.ledger().orders, [])
    } finally {
      await simulator.close()
    }
  })

  it('fails with wrong credentials, and says which to look at', async () => {
    const simulator = await startSimulator({ port: 0, password: 'another-password' })
    try {
      const checked = checkInquiries(await askProviders([cardAt(simulator.worldpayUrls.paymentService)]))
      assert.equal(checked.status, 'fail')
      assert.match(checked.text, /does not let us in \(401\)/)
      assert.match(checked.todo ?? '', /user name and password/)
      assert.doesNotMatch(JSON.stringify(checked), /counterfoil-password/)
    } finally {
      await simulator.close()
    }
  })

  it('fails when nobody answers, and when the answer is none', async () => {
    const dead = checkInquiries(await askProviders([cardAt(`http://127.0.0.1:${await deadPort()}/`)]))
    assert.equal(dead.status, 'fail')
    assert.match(dead.text, /cannot be reached: .*ECONNREFUSED/)
    await using cut = await Peer.open((request) => request.socket.destroy())
    const unknown = checkInquiries(await askProviders([cardAt(cut.url)]))
    assert.deepEqual([unknown.status, /gave no answer/.test(unknown.text)], ['fail', true])
    await using page = await Peer.open((_request, response) => response.end('<html>Maintenance</html>'))
    const unclear = checkInquiries(await askProviders([cardAt(page.url)]))
    assert.equal(unclear.status, 'fail')
    assert.match(unclear.text, /gives no usable answer \(200\)/)
    assert.match(unclear.todo ?? '', /order inquiries are enabled/)
  })

  it('is doubtful when the provider knows what nobody has sent', () => {
    const sent = { kind: 'answered', answer: { status: 200, headers: {}, body: new Uint8Array() } } as const
    const found = {
      kind: 'found',
      text: 'AUTHORISED',
      echo: {},
      charge: 'approved',
      captured: false,
    } as const
    const about = {
      modules: 'card',
      account: 'SHOP',
      host: 'provider.example',
      askedAtMs: 0,
      answeredAtMs: 0,
    }
    const checked = checkInquiries([{ ...about, sent, found }])
    assert.equal(checked.status, 'warn')
    assert.match(checked.text, /knows a random reference/)
  })
})

describe('the check of the clock', () => {
  it('warns from 5 seconds on, and fails from a minute on, to either side', () => {
    assert.deepEqual(judgeClock(-4_900, 'a'), { status: 'ok', text: '4.9 s behind a' })
    for (const aheadMs of [5_100, -5_100, 60_000]) assert.equal(judgeClock(aheadMs, 'a').status, 'warn')
    for (const aheadMs of [60_100, -60_100]) assert.equal(judgeClock(aheadMs, 'a').status, 'fail')
    assert.match(judgeClock(60_100, 'a').text, /^60\.1 s ahead of a$/)
  })

  it('reads the Date of the answer', async () => {
    await using late = await Peer.open((_request, response) => {
      response.setHeader('date', new Date(Date.now() - HOUR_MS).toUTCString()).end('x')
    })
    const checked = checkClock(await askProviders([cardAt(late.url)]))
    assert.equal(checked.status, 'fail')
    assert.match(checked.text, /^3(599|600)\.\d s ahead of 127\.0\.0\.1:\d+$/)
  })

  it('warns when there is nothing to compare with', async () => {
    await using undated = await Peer.open((_request, response) => {
      response.sendDate = false
      response.end('x')
    })
    const noDate = checkClock(await askProviders([cardAt(undated.url)]))
    assert.deepEqual([noDate.status, /has no Date/.test(noDate.text)], ['warn', true])
    const nobody = checkClock(await askProviders([cardAt(`http://127.0.0.1:${await deadPort()}/`)]))
    assert.deepEqual([nobody.status, nobody.text], ['warn', 'no provider answered, to compare it with'])
  })
})
