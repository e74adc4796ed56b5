import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type EngineStage, engineStage, type EngineStageOptions } from '../engine-stage.test-data.ts'
import { memoryTries } from './memory-tries.ts'
import { sqliteTries } from './sqlite-tries.ts'
import type { TryStore } from './try-store.ts'
import { type Came, cardNumber, Door, Visitor } from './visitor.test-data.ts'

const HOUR_MS = 3_600_000

interface House extends AsyncDisposable {
  readonly stage: EngineStage
  readonly clock: { nowMs: number }
  visitor(address?: string): Visitor
}

async function house(
  options: Omit<EngineStageOptions, 'trustProxy'> & {
    readonly trustProxy?: readonly string[] | undefined
  } = {},
): Promise<House> {
  const clock = { nowMs: Date.UTC(2030, 0, 1) }
  const { trustProxy, ...others } = { trustProxy: ['127.0.0.1'], ...options }
  const stage = await engineStage({
    nowMs: () => clock.nowMs,
    ...(trustProxy !== undefined && { trustProxy }),
    ...others,
  })
  const door = new Door(stage.origin, stage.server)
  let visitors = 0
  return {
    stage,
    clock,
    visitor: (address = `198.51.100.${++visitors}`) => new Visitor(door, address),
    [Symbol.asyncDispose]: async () => {
      await door.close()
      await stage[Symbol.asyncDispose]()
    },
  }
}

const refusedWords = ({ body }: Came): string =>
  /<main[^>]*>([^]*)<\/main>/
    .exec(body)?.[1]
    ?.replaceAll(/<[^>]*>|\s+/g, ' ')
    .trim() ?? ''

describe('tries to pay', () => {
  it('are three for one order within a day, and are refused before anything is sent or written down', async () => {
    await using h = await house()
    h.stage.psp.word = () => 'declined'
    for (let index = 0; index < 3; index++) {
      assert.equal((await h.visitor().pay('A-1', cardNumber(index))).status, 303)
    }
    const fourth = h.visitor()
    const shown = await fourth.form('A-1')
    assert.equal(shown.status, 429, 'the form is not even shown')
    const elsewhere = h.visitor()
    const { hidden } = await elsewhere.form('A-2')
    assert.equal((await elsewhere.send('A-2', hidden, cardNumber(9))).status, 303)
    assert.equal(h.stage.psp.seen.filter(({ orderId }) => orderId === 'A-1').length, 3)
    assert.equal((await h.stage.cf.list({ orderId: 'A-1', limit: 10 })).length, 3)
    h.clock.nowMs += 24 * HOUR_MS
    assert.equal((await h.visitor().pay('A-1', cardNumber(5))).status, 303)
  })

  it('are refused by the form that was opened before, too', async () => {
    await using h = await house()
    h.stage.psp.word = () => 'declined'
    const visitors = Array.from({ length: 8 }, () => h.visitor())
    const forms = await Promise.all(visitors.map((visitor) => visitor.form('A-1')))
    const came: number[] = []
    for (const [index, visitor] of visitors.entries()) {
      came.push(
        (await visitor.send('A-1', forms[index]?.hidden ?? { key: '', token: '' }, cardNumber(index))).status,
      )
    }
    assert.deepEqual(came, [303, 303, 303, 429, 429, 429, 429, 429])
    assert.equal(h.stage.psp.seen.length, 3)
  })

  it('are five with one card, whatever the order, the session, the address, and how it is typed', async () => {
    await using h = await house()
    h.stage.psp.word = () => 'declined'
    const number = cardNumber(7)
    const typed = [number, number.replaceAll(/(\d{4})/g, '$1 '), number.replaceAll(/(\d{4})(?=\d)/g, '$1-')]
    const came: number[] = []
    for (let index = 0; index < 7; index++) {
      came.push((await h.visitor().pay(`A-${index}`, typed[index % 3] ?? '')).status)
    }
    assert.deepEqual(came, [303, 303, 303, 303, 303, 429, 429])
  })

  it('are counted once for an IPv6 subscriber, for an address in either spelling, and for a session', async () => {
    await using h = await house({
      tries: { address: { max: 2, withinMs: HOUR_MS }, session: { max: 2, withinMs: HOUR_MS } },
    })
    h.stage.psp.word = () => 'declined'
    let order = 0
    const tryFrom = async (visitor: Visitor): Promise<number> =>
      (await visitor.pay(`A-${++order}`, cardNumber(order))).status
    assert.deepEqual(
      [
        await tryFrom(h.visitor('2001:db8:0:7::1')),
        await tryFrom(h.visitor('2001:db8:0:7:ffff:1:2:3')),
        await tryFrom(h.visitor('2001:0db8:0000:0007::9')),
        await tryFrom(h.visitor('2001:db8:0:8::1')),
      ],
      [303, 303, 429, 303],
    )
    assert.deepEqual(
      [
        await tryFrom(h.visitor('203.0.113.5')),
        await tryFrom(h.visitor('::ffff:203.0.113.5')),
        await tryFrom(h.visitor('203.0.113.5')),
      ],
      [303, 303, 429],
    )
    const mover = h.visitor()
    const came = []
    for (let index = 0; index < 3; index++) {
      mover.address = `192.0.2.${index}`
      came.push(await tryFrom(mover))
    }
    assert.deepEqual(came, [303, 303, 429])
  })

  it('are refused in the same words whatever the limit, which say what can be done and not when', async () => {
    const one = { max: 1, withinMs: HOUR_MS }
    const words = new Set<string>()
    for (const limit of ['order', 'card', 'session', 'address', 'everyone'] as const) {
      await using h = await house({ tries: { [limit]: one } })
      h.stage.psp.word = () => 'declined'
      const first = h.visitor('203.0.113.1')
      const second = limit === 'session' ? first : h.visitor(limit === 'address' ? '203.0.113.1' : undefined)
      const order = limit === 'order' ? 'A-1' : 'A-2'
      // Opened while there was room, so that each is refused at the same place.
      const [form, another] = [await first.form('A-1'), await second.form(order)]
      await first.send('A-1', form.hidden, cardNumber(1))
      const refused = await second.send(order, another.hidden, cardNumber(limit === 'card' ? 1 : 2))
      assert.deepEqual([refused.status, refused.retryAfter], [429, '3600'], limit)
      words.add(refusedWords(refused))
      assert.match(JSON.stringify(h.stage.logged), new RegExp(`the limit ${limit}"`))
    }
    assert.equal(words.size, 1, [...words].join('\n'))
  })

  it('that were sent say that nothing was charged, and lead back to the order and its other ways to pay', async () => {
    await using h = await house({ tries: { card: { max: 1, withinMs: HOUR_MS } } })
    h.stage.psp.word = () => 'declined'
    await h.visitor().pay('A-1', cardNumber(1))
    const payer = h.visitor()
    const refused = await payer.pay('A-2', cardNumber(1))
    assert.match(refused.body, /You have not been charged for this attempt/)
    assert.match(refused.body, /href="[^"]*\/pay\/orders\/A-2\.[^"]*">Back to your order/)
    assert.doesNotMatch(refused.body, /\/pay\/card"/, 'it does not lead into the next refusal')
    assert.equal((await payer.openPage('A-2')).status, 303, 'another way to pay')
  })

  it('that are paid give their place back, so that an office behind one address buys as much as it likes', async () => {
    await using h = await house({
      tries: { address: { max: 3, withinMs: HOUR_MS }, card: { max: 2, withinMs: HOUR_MS } },
    })
    for (let index = 0; index < 8; index++) {
      assert.equal((await h.visitor('203.0.113.1').pay(`A-${index}`, cardNumber(index % 2))).status, 303)
    }
    assert.equal(h.stage.psp.seen.length, 8)
  })

  it('give it back also when they are paid only after the payer was told to wait', async () => {
    await using h = await house({
      tries: { address: { max: 3, withinMs: HOUR_MS } },
      limits: { payWaitMs: 1 },
    })
    const answered = Promise.withResolvers<void>()
    h.stage.psp.answers = answered.promise
    const office = (): Visitor => h.visitor('203.0.113.1')
    const locations: string[] = []
    for (let index = 0; index < 3; index++)
      locations.push((await office().pay(`A-${index}`, cardNumber(index))).location)
    assert.equal((await office().pay('A-3', cardNumber(3))).status, 429)
    answered.resolve()
    for (const location of locations) await office().get(`${location.replace('?sent', '')}/events`)
    assert.equal((await office().pay('A-3', cardNumber(3))).status, 303)
  })

  it('that never reach the provider cost the payer nothing', async () => {
    await using h = await house({ paymentsInFlightMax: 1 })
    const payer = h.visitor()
    const answered = Promise.withResolvers<void>()
    h.stage.psp.answers = answered.promise
    const other = h.visitor().pay('B-1', cardNumber(99))
    while (h.stage.psp.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    for (let index = 0; index < 5; index++) {
      assert.equal((await payer.pay('A-1', cardNumber(1))).status, 503, 'the server is overloaded')
    }
    answered.resolve()
    await other
    h.stage.psp.word = () => 'not-sent'
    // More than the limits allow, and fewer than close the door to this provider.
    for (let index = 0; index < 4; index++) assert.equal((await payer.pay('A-1', cardNumber(1))).status, 303)
    h.stage.psp.word = () => 'approved'
    const { location } = await payer.pay('A-1', cardNumber(1))
    assert.match((await payer.get(location)).body, /your payment is complete/)
  })

  it('of forms with a mistake in them are none', async () => {
    await using h = await house()
    const payer = h.visitor()
    const { hidden } = await payer.form('A-1')
    for (let index = 0; index < 12; index++) {
      assert.equal((await payer.send('A-1', hidden, '4444333322221112')).status, 422)
    }
    assert.equal((await payer.pay('A-1', cardNumber(1))).status, 303)
  })
})

describe('a form that is sent again', () => {
  it('counts once, also at the same moment, and leads to its payment even when every limit is reached', async () => {
    await using h = await house()
    h.stage.psp.word = () => 'declined'
    const payer = h.visitor()
    const { hidden } = await payer.form('A-1')
    const number = cardNumber(1)
    const came = await Promise.all(Array.from({ length: 6 }, () => payer.send('A-1', hidden, number)))
    assert.deepEqual(new Set(came.map(({ status, location }) => `${status} ${location}`)).size, 1)
    for (const index of [2, 3]) assert.equal((await h.visitor().pay('A-1', cardNumber(index))).status, 303)
    assert.equal((await h.visitor().pay('A-1', cardNumber(4))).status, 429)
    assert.equal((await payer.send('A-1', hidden, number)).location, came[0]?.location)
    assert.equal(h.stage.psp.seen.length, 3)
  })

  it('leads to its payment also where the counts have forgotten it, as after a restart', async () => {
    let store: TryStore = memoryTries()
    const swapped: TryStore = {
      name: 'swapped',
      take: (tried) => store.take(tried),
      full: (counts, nowMs) => store.full(counts, nowMs),
      began: (id, paymentId) => store.began(id, paymentId),
      open: (names, nowMs, limit) => store.open(names, nowMs, limit),
      keep: (id) => store.keep(id),
      giveBack: (id) => store.giveBack(id),
      close: () => store.close(),
    }
    await using h = await house({ tries: { store: swapped, card: { max: 1, withinMs: HOUR_MS } } })
    h.stage.psp.word = () => 'declined'
    const payer = h.visitor()
    const { hidden } = await payer.form('A-1')
    const number = cardNumber(1)
    const { location } = await payer.send('A-1', hidden, number)
    store = memoryTries()
    await h.visitor().pay('A-2', number)
    assert.equal((await h.visitor().pay('A-3', number)).status, 429)
    const again = await payer.send('A-1', hidden, number)
    assert.deepEqual([again.status, again.location], [303, location])
    assert.equal(h.stage.psp.seen.length, 2)
  })

  it('with another card in it counts for that card too: no race gets more tries out of one card', async () => {
    await using h = await house({ tries: { card: { max: 2, withinMs: HOUR_MS } } })
    h.stage.psp.word = () => 'declined'
    const number = cardNumber(1)
    const came: Came[] = []
    for (let index = 0; index < 5; index++) {
      const tester = h.visitor()
      const { hidden } = await tester.form(`A-${index}`)
      const decoy = tester.send(`A-${index}`, hidden, cardNumber(100 + index))
      came.push(await tester.send(`A-${index}`, hidden, number), await decoy)
    }
    assert.ok(h.stage.psp.seen.filter(({ cardNumber: seen }) => seen === number).length <= 2)
    assert.ok(h.stage.psp.seen.length <= 5, 'one form is one payment')
    assert.equal((await h.visitor().pay('B-1', number)).status, 429)
  })
})

describe('pages of a provider', () => {
  it('have limits of their own for each order, session and address', async () => {
    const one = { max: 1, withinMs: HOUR_MS }
    await using h = await house({ tries: { pagesOfAddress: one } })
    assert.equal((await h.visitor('203.0.113.1').openPage('A-1')).status, 303)
    const second = await h.visitor('203.0.113.1').openPage('A-2')
    assert.deepEqual([second.status, second.retryAfter], [429, '3600'])
    assert.equal((await h.visitor('203.0.113.1').pay('A-2', cardNumber(1))).status, 303, 'a card still goes')
    assert.equal(h.stage.psp.seen.length, 2)
  })
})

describe('tries in SQLite', () => {
  it('are remembered by the next process, and leave no card, address or order in the file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-tries-'))
    const file = join(folder, 'tries.db')
    for (const [run, expected] of [303, 303, 303, 429].entries()) {
      await using h = await house({ tries: { store: sqliteTries(file) } })
      h.stage.psp.word = () => 'declined'
      const { status } = await h.visitor('203.0.113.9').pay('order-of-jane', cardNumber(4_321_000 + run))
      assert.equal(status, expected, `run ${run}`)
    }
    const stored = readFileSync(file).toString('latin1')
    for (const secret of [
      '203.0.113.9',
      'order-of-jane',
      ...[0, 1, 2, 3].map((run) => cardNumber(4_321_000 + run)),
    ]) {
      assert.ok(!stored.includes(secret), secret)
    }
    rmSync(folder, { recursive: true })
  })
})

describe('a store that fails', () => {
  it('is stood in for by the memory, in which the limits go on, and is written down in few lines', async () => {
    const away = async (): Promise<never> => {
      throw new Error('the disk is full')
    }
    const store: TryStore = {
      name: 'sqlite tries.db',
      take: away,
      full: away,
      began: away,
      open: away,
      keep: away,
      giveBack: away,
      close: async () => undefined,
    }
    await using h = await house({ tries: { store } })
    h.stage.psp.word = () => 'declined'
    const came: number[] = []
    for (let index = 0; index < 5; index++)
      came.push((await h.visitor().pay('A-1', cardNumber(index))).status)
    assert.deepEqual(came, [303, 303, 303, 429, 429])
    const lines = h.stage.logged.filter(({ message }) => message.includes('the disk is full'))
    assert.ok(lines.length > 0 && lines.length <= 5, String(lines.length))
  })

  it('that does not answer is not waited for', async () => {
    const never = (): Promise<never> => new Promise(() => undefined)
    const working = memoryTries()
    await using h = await house({ tries: { store: { ...methodsOf(working), take: never } } })
    assert.equal((await h.visitor().pay('A-1', cardNumber(1))).status, 303)
  })
})

function methodsOf(store: TryStore): TryStore {
  return {
    name: store.name,
    take: (tried) => store.take(tried),
    full: (counts, nowMs) => store.full(counts, nowMs),
    began: (id, paymentId) => store.began(id, paymentId),
    open: (names, nowMs, limit) => store.open(names, nowMs, limit),
    keep: (id) => store.keep(id),
    giveBack: (id) => store.giveBack(id),
    close: () => store.close(),
  }
}

describe('a proxy that nobody has named', () => {
  it('is told of once, since all payers then count as one address', async () => {
    for (const [trustProxy, lines] of [
      [undefined, 1],
      [['127.0.0.1'], 0],
    ] as const) {
      await using h = await house({ trustProxy })
      await h.visitor().form('A-1')
      await h.visitor().form('A-2')
      const told = h.stage.logged.filter(({ message }) =>
        /a proxy that trustProxy does not name/.test(message),
      )
      assert.equal(told.length, lines)
    }
  })
})
