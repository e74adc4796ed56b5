import assert from 'node:assert/strict'
import { Agent, createServer, get, type IncomingMessage } from 'node:http'
import { describe, it } from 'node:test'
import { duplexPair } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import { cardFrom } from '../../gateway/card.ts'
import { type EngineStage, engineStage } from '../engine-stage.test-data.ts'
import { stage, visa } from '../fake-counterfoil.test.ts'
import { watchPayment } from '../scripts/watch-payment.ts'

const PAYERS = 1_000
const AT_ONCE = 100
/** However loaded the machine is: what is waited for comes within this. */
const WITHIN_MS = 30_000

/** A browser that waits for its payment: it reads, and comes back after the last event that it has. */
class Waiting {
  readonly #url: string
  readonly #agent: Agent
  status = 0
  text = ''
  #answer: IncomingMessage | undefined
  #ended = Promise.withResolvers<void>()

  constructor(url: string, agent: Agent) {
    this.#url = url
    this.#agent = agent
  }

  /** Resolves with the head of the answer. */
  async open(): Promise<void> {
    this.#ended = Promise.withResolvers<void>()
    const lastId = this.ids.at(-1)
    const headers = lastId === undefined ? {} : { 'last-event-id': String(lastId) }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(this.#url, { agent: this.#agent, headers }, resolve).once('error', reject)
    })
    this.#answer = answer
    this.status = answer.statusCode ?? 0
    answer.setEncoding('utf8')
    answer.on('data', (chunk: string) => {
      this.text += chunk
    })
    const { resolve } = this.#ended
    answer.once('close', () => resolve())
    answer.on('error', () => undefined)
  }

  get ids(): readonly number[] {
    return [...this.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** As a train does in a tunnel. */
  async lose(): Promise<void> {
    this.#answer?.destroy()
    await this.ended
  }
}

async function eachOf<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** The addresses of the streams of payments whose answer is on its way. */
async function begun({ cf }: EngineStage, count: number): Promise<readonly string[]> {
  const urls: string[] = []
  const orders = Array.from({ length: count }, (_, index) => `order-${index}`)
  await eachOf(orders, async (orderId, index) => {
    const card = cardFrom(visa)
    const { statusUrl } = await cf.pay({ orderId, module: 'card', key: `key-of-${orderId}`, card, waitMs: 1 })
    urls[index] = `${statusUrl}/events`
  })
  return urls
}

/** Fails saying what never came, instead of waiting for it for ever. */
async function inTime<Found>(what: string, found: Promise<Found>): Promise<Found> {
  const late = new AbortController()
  const never = delay(WITHIN_MS, undefined, late).then(() => assert.fail(what))
  never.catch(() => undefined)
  try {
    return await Promise.race([found, never])
  } finally {
    late.abort()
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const untilMs = performance.now() + WITHIN_MS
  while (!holds()) {
    assert.ok(performance.now() < untilMs, what)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('a thousand payers who wait', () => {
  it('are all told the end, once, by one node; one more is refused, and one who was away misses nothing', async (t) => {
    const answers = Promise.withResolvers<void>()
    await using s = await engineStage()
    s.psp.answers = answers.promise
    const urls = await begun(s, PAYERS + 1)
    const agent = new Agent({ maxSockets: Infinity, keepAlive: false })
    const payers = urls.slice(0, PAYERS).map((url) => new Waiting(url, agent))
    const heapBytes = process.memoryUsage().heapUsed
    let startedMs = performance.now()
    await eachOf(payers, async (payer) => {
      await payer.open()
      assert.equal(payer.status, 200)
    })
    await until('each has its first event', () => payers.every(({ ids }) => ids.length === 1))
    t.diagnostic(`opened ${PAYERS} streams in ${Math.round(performance.now() - startedMs)} ms`)
    const perStream = (process.memoryUsage().heapUsed - heapBytes) / PAYERS / 1_024
    t.diagnostic(`heap: ${perStream.toFixed(1)} KiB for a stream with both of its ends`)

    const oneMore = new Waiting(urls.at(-1) ?? '', agent)
    await oneMore.open()
    assert.equal(oneMore.status, 503)
    const health = (await (await fetch(`${s.origin}/pay/readyz`)).json()) as { readonly streams: number }
    assert.equal(health.streams, PAYERS)

    const inTheTunnel = payers.slice(0, 100)
    await Promise.all(inTheTunnel.map((payer) => payer.lose()))
    // The server hears of it when it hears of it.
    while (oneMore.status === 503) await oneMore.open()
    startedMs = performance.now()
    answers.resolve()
    await inTime('every stream ends', Promise.all(payers.slice(100).map(({ ended }) => ended)))
    t.diagnostic(`told ${PAYERS - 100} of them the end in ${Math.round(performance.now() - startedMs)} ms`)
    await eachOf(inTheTunnel, async (payer) => {
      await payer.open()
      await inTime('a stream that was taken up again ends', payer.ended)
    })
    for (const payer of [...payers, oneMore]) {
      const { ids, text } = payer
      assert.equal((text.match(/"status":"paid","finished":true/g) ?? []).length, 1, text)
      assert.ok(
        ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0)),
        `each version once, in order: ${ids.join(', ')}`,
      )
    }
    agent.destroy()
  })

  it('are all let go when the server closes', async () => {
    const answers = Promise.withResolvers<void>()
    await using s = await engineStage()
    s.psp.answers = answers.promise
    const agent = new Agent({ maxSockets: Infinity, keepAlive: false })
    const payers = (await begun(s, 200)).map((url) => new Waiting(url, agent))
    await eachOf(payers, (payer) => payer.open())
    await inTime('the server closes', s.server.close())
    await inTime('every stream ends', Promise.all(payers.map(({ ended }) => ended)))
    answers.resolve()
    await payers[0]?.open()
    assert.equal(payers[0]?.status, 503)
    agent.destroy()
  })
})

describe('a payer who does not read', () => {
  it('is cut once more waits for it than it may', async () => {
    await using s = await stage({ limits: { streamBufferBytesMax: 1_024 } })
    const { location } = await s.browser().pay(s)
    const listener = createServer((request, response) => s.server.node(request, response))
    // In memory, so that nothing between the two takes what nobody reads.
    const [near, far] = duplexPair({ highWaterMark: 64 })
    near.on('error', () => undefined)
    listener.emit('connection', far)
    const cut = new Promise<void>((resolve) => far.once('close', () => resolve()))
    const path = new URL(location).pathname
    near.write(`GET ${path}/events HTTP/1.1\r\nhost: shop.example\r\n\r\n`)
    await until('it watches', () => s.cf.watchers === 1)
    for (let version = 0; version < 2_000 && s.cf.watchers > 0; version++) {
      s.cf.move('pay-1', {})
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until('nobody watches for it any more', () => s.cf.watchers === 0)
    try {
      await inTime('its connection is cut', cut)
    } finally {
      far.destroy()
    }
  })
})

describe('the script of a page that waits', () => {
  it('has the page loaded again where there is no place for its stream, and not where the browser comes back', () => {
    const timers: { run: () => void; ms: number }[] = []
    let reloads = 0
    const sources: Record<string, () => void>[] = []
    class EventSource {
      static readonly CLOSED = 2
      readyState = 0
      readonly listeners: Record<string, () => void> = {}
      constructor() {
        sources.push(this.listeners)
        this.listeners['close'] = () => {
          this.readyState = 2
        }
      }
      addEventListener(name: string, listener: () => void): void {
        this.listeners[name] = listener
      }
      close(): void {
        this.readyState = 2
      }
    }
    const waiting = { dataset: { events: '/events' }, classList: { add: () => undefined } }
    runInNewContext(watchPayment, {
      document: {
        querySelector: () => waiting,
        visibilityState: 'visible',
        addEventListener: () => undefined,
      },
      EventSource,
      setTimeout: (run: () => void, ms: number) => timers.push({ run, ms }),
      clearTimeout: () => undefined,
      addEventListener: () => undefined,
      location: { reload: () => reloads++, replace: () => undefined },
    })
    const [listeners] = sources
    listeners?.['error']?.()
    assert.equal(timers.length, 0, 'the browser tries again by itself')
    listeners?.['close']?.()
    listeners?.['error']?.()
    assert.equal(timers.length, 1)
    assert.ok((timers[0]?.ms ?? 0) >= 1_000, 'not at once: there are a thousand others')
    timers[0]?.run()
    assert.equal(reloads, 1)
  })
})
