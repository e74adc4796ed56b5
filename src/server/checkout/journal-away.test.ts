import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Browser, hiddenIn, visa } from '../browser.test-data.ts'
import { engineStage } from '../engine-stage.test-data.ts'
import { journalThatGoes, spoolInMemory } from '../journal-that-goes.test-data.ts'

const NEVER = /not been charged/
const PROCESSING = /<h1>(Please wait|Your payment is being processed)<\/h1>/
const WITHIN_MS = 20_000
const STREAM_LOOKS_EVERY_MS = 1_500

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + WITHIN_MS
  while (!(await holds())) {
    assert.ok(performance.now() < endMs, `within ${WITHIN_MS} ms: ${what}`)
    await sleep(20)
  }
}

/** A payer who has sent the form, with the answer of the provider still on its way. */
async function paying() {
  const away = journalThatGoes()
  const spool = spoolInMemory()
  const stage = await engineStage({ journal: away.journal, spool })
  const { psp, server, origin } = stage
  const browser = new Browser(origin, [])
  const formUrl = `${server.checkoutUrl('A-1')}/pay/card`
  const form = { ...hiddenIn((await browser.get(formUrl)).body), ...visa }
  let answer = (): void => undefined
  psp.answers = new Promise<void>((resolve) => {
    answer = resolve
  })
  const sent = browser.post(formUrl, form)
  await until('the card is at the provider', () => psp.seen.length === 1)
  return { stage, away, spool, browser, formUrl, form, sent, answer: () => answer() }
}

describe('a payment whose journal goes away after the send (F7)', () => {
  it('is said to be processing, on every page and however often it is asked, until it ends by itself', async () => {
    const { stage, away, spool, browser, formUrl, form, sent, answer } = await paying()
    await using _stage = stage
    // The payer's page was opened before, and is watched all the time.
    const [stored] = await stage.cf.list({ limit: 1 })
    const url = stored?.statusUrl ?? ''
    const watching = new AbortController()
    const stream = await fetch(`${url}/events`, { signal: watching.signal })
    const told = reading(stream)

    away.isAway = true
    const sinceMs = performance.now()
    answer()
    await until('the answer is kept aside', () => spool.size === 1)
    for (const path of [url, `${url}?sent`, url]) {
      const page = await browser.get(path)
      assert.equal(page.status, 503)
      assert.match(page.body, PROCESSING)
      assert.match(page.body, /Do not pay again/)
      assert.doesNotMatch(page.body, NEVER)
      assert.match(page.body, /<meta http-equiv="refresh" content="5">/)
    }
    // The same form once more, as by a second click or a reload: it leads to the same waiting page.
    const again = await browser.post(formUrl, form)
    assert.deepEqual([again.status, again.location], [303, `${url}?sent`])
    // A stream that is opened now is told to come back, which lets the page look for itself.
    const late = await fetch(`${url}/events`)
    assert.equal(late.status, 503)
    await late.body?.cancel()

    await until(
      'the stream has looked while it was away',
      () => performance.now() - sinceMs > STREAM_LOOKS_EVERY_MS,
    )
    away.isAway = false
    await until('the payment is paid', async () => (await browser.get(url)).body.includes('Thank you'))
    await until('the open stream says so', () => told().includes('"status":"paid"'))
    assert.equal((await sent).location, `${url}?sent`)
    assert.equal(stage.psp.seen.length, 1)
    watching.abort()
  })

  it('before the send is refused with words that are true, and nothing is sent (F6)', async () => {
    const away = journalThatGoes()
    const stage = await engineStage({ journal: away.journal })
    await using _stage = stage
    const browser = new Browser(stage.origin, [])
    const formUrl = `${stage.server.checkoutUrl('A-1')}/pay/card`
    const form = { ...hiddenIn((await browser.get(formUrl)).body), ...visa }
    away.isAway = true
    const refused = await browser.post(formUrl, form)
    assert.equal(refused.status, 503)
    assert.match(refused.body, /You have not been charged for this attempt/)
    // What an earlier process, or another node, has made of the same form cannot be looked up.
    assert.match(refused.body, /If you have sent this form before, do not pay again/)
    assert.equal(stage.psp.seen.length, 0)
  })
})

describe('a spool past its high-water mark', () => {
  it('makes the node not ready, and says that nothing was charged', async () => {
    const spool = spoolInMemory()
    const stage = await engineStage({ spool })
    await using _stage = stage
    const ready = await fetch(`${stage.origin}/pay/readyz`)
    assert.equal(ready.status, 200)
    assert.deepEqual(((await ready.json()) as { spool: unknown }).spool, {
      usable: true,
      entries: 0,
      bytes: 0,
      bytesMax: 65_536,
      pastHighWater: false,
    })
    const browser = new Browser(stage.origin, [])
    const formUrl = `${stage.server.checkoutUrl('A-1')}/pay/card`
    const form = { ...hiddenIn((await browser.get(formUrl)).body), ...visa }
    Object.defineProperty(spool, 'isPastHighWater', { value: true })
    assert.equal((await fetch(`${stage.origin}/pay/readyz`)).status, 503)
    const refused = await browser.post(formUrl, form)
    assert.equal(refused.status, 503)
    assert.match(refused.body, NEVER)
    assert.equal(stage.psp.seen.length, 0)
  })
})

/** What has come of a stream so far. */
function reading(response: Response): () => string {
  let all = ''
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) all += new TextDecoder().decode(chunk as Uint8Array)
  }
  read().catch(() => undefined)
  return () => all
}
