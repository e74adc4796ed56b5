import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Stage, type StageOptions, stage } from '../fake-counterfoil.test.ts'

/** A payment under way and the address of its stream. */
async function begun(options: StageOptions = {}): Promise<{ s: Stage; url: string }> {
  const s = await stage(options)
  const { location } = await s.browser().pay(s)
  return { s, url: location.replace('?sent', '/events') }
}

/** A stream as a browser's EventSource reads it. */
class Source implements AsyncDisposable {
  readonly status: number
  readonly headers: Headers
  text = ''
  readonly ended: Promise<void>
  readonly #abort: AbortController

  private constructor(answer: Response, abort: AbortController) {
    this.status = answer.status
    this.headers = answer.headers
    this.#abort = abort
    this.ended = this.#read(answer)
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Source> {
    const abort = new AbortController()
    return new Source(await fetch(url, { headers, signal: abort.signal }), abort)
  }

  async #read(answer: Response): Promise<void> {
    try {
      for await (const chunk of answer.body ?? []) this.text += Buffer.from(chunk as Uint8Array).toString()
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error
    }
  }

  async until(pattern: RegExp): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (pattern.test(this.text)) return
      await delay(5)
    }
    assert.match(this.text, pattern)
  }

  get ids(): readonly string[] {
    return [...this.text.matchAll(/^id: (\d+)$/gm)].map(([, id = '']) => id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.ended
  }
}

describe('the events of a payment', () => {
  it('come as versions until it is finished, and then the stream ends', async () => {
    const { s, url } = await begun()
    await using _s = s
    await using source = await Source.open(url)
    assert.equal(source.headers.get('content-type'), 'text/event-stream')
    assert.equal(source.headers.get('cache-control'), 'no-store')
    await source.until(/id: 1\n/)
    s.cf.move('pay-1', { status: 'in-progress' })
    await source.until(/id: 2\nevent: payment\ndata: \{"status":"in-progress","finished":false\}\n\n/)
    s.cf.paid('pay-1')
    await source.ended
    assert.match(source.text, /id: 3\nevent: payment\ndata: \{"status":"paid","finished":true\}\n\n$/)
  })

  it('go on after Last-Event-ID, which goes before the address', async () => {
    const { s, url } = await begun()
    await using _s = s
    s.cf.move('pay-1', {})
    await using fresh = await Source.open(`${url}?after=2`)
    await using resumed = await Source.open(`${url}?after=0`, { 'last-event-id': '2' })
    await using odd = await Source.open(url, { 'last-event-id': '-1; x' })
    await odd.until(/id: 2\n/)
    s.cf.move('pay-1', {})
    await fresh.until(/id: 3\n/)
    await resumed.until(/id: 3\n/)
    assert.deepEqual(fresh.ids, ['3'])
    assert.deepEqual(resumed.ids, ['3'])
  })

  it('tell a browser that knows the end not to come back', async () => {
    const { s, url } = await begun()
    await using _s = s
    s.cf.paid('pay-1')
    const { version } = s.cf.payments.get('pay-1') ?? {}
    await using source = await Source.open(url, { 'last-event-id': String(version) })
    assert.equal(source.status, 204)
    await using late = await Source.open(url, { 'last-event-id': '1' })
    await late.ended
    assert.deepEqual(late.ids, [String(version)])
  })

  it('keep the connection alive, and end after their lifetime', async () => {
    const { s, url } = await begun({ limits: { heartbeatEveryMs: 10, streamLifetimeMs: 120 } })
    await using _s = s
    await using source = await Source.open(url)
    await source.ended
    assert.ok((source.text.match(/^: still here$/gm) ?? []).length >= 2)
    assert.equal(s.cf.watchers, 0)
  })

  it('are bounded per payment and in all', async () => {
    const { s, url } = await begun({ limits: { streamsPerPaymentMax: 1 } })
    await using _s = s
    await using first = await Source.open(url)
    await using second = await Source.open(url)
    assert.deepEqual([first.status, second.status], [200, 503])
    const few = await begun({ limits: { streamsMax: 1 } })
    await using _few = few.s
    await using one = await Source.open(few.url)
    await using two = await Source.open(few.url)
    assert.deepEqual([one.status, two.status], [200, 503])
  })

  it('let go of everything when the browser goes away', async () => {
    const { s, url } = await begun({ limits: { streamsPerPaymentMax: 1 } })
    await using _s = s
    const source = await Source.open(url)
    await source.until(/id: 1\n/)
    assert.equal(s.cf.watchers, 1)
    await source[Symbol.asyncDispose]()
    for (let tries = 0; tries < 200 && s.cf.watchers > 0; tries++) await delay(5)
    assert.equal(s.cf.watchers, 0)
    await using next = await Source.open(url)
    assert.equal(next.status, 200)
  })

  it('end with the server, which then waits for no stream', async () => {
    const { s, url } = await begun()
    await using _s = s
    await using source = await Source.open(url)
    await s.server.close()
    await source.ended
    assert.equal(s.cf.watchers, 0)
  })

  it('end, and are written down, when the engine fails', async () => {
    const { s, url } = await begun()
    await using _s = s
    // oxlint-disable-next-line require-yield
    s.cf.watch = async function* watch() {
      throw new Error('no journal for card 4444333322221111')
    }
    await using source = await Source.open(url)
    await source.ended
    assert.equal(s.logged.length, 1)
    assert.doesNotMatch(JSON.stringify(s.logged), /4444333322221111|pay-1/)
  })
})
