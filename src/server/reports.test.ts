import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Stage, stage, type StageOptions } from './fake-counterfoil.test.ts'

const OLD = 'application/csp-report'
const NEW = 'application/reports+json'
const CARD = '4444333322221111'

async function report(s: Stage, type: string, body: unknown): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return fetch(`${s.url}/csp-reports`, { method: 'POST', body: text, headers: { 'content-type': type } })
}

const violation = (of: Readonly<Record<string, unknown>>) => ({ type: 'csp-violation', body: of })

/** What is logged for one report in the newer form. */
async function lineFor(of: Readonly<Record<string, unknown>>, options: StageOptions = {}): Promise<string> {
  await using s = await stage(options)
  const body = {
    documentURL: `${s.url}/orders/x`,
    blockedURL: 'inline',
    effectiveDirective: 'script-src',
    ...of,
  }
  assert.equal((await report(s, NEW, [violation(body)])).status, 204)
  assert.equal(s.logged.length, 1)
  return s.logged[0]?.message ?? ''
}

describe('a report that a page was kept to its policy', () => {
  it('is one line with what was stopped, where from and on which page, in either form', async () => {
    await using s = await stage()
    const page = `${s.url}/orders/A-1.token/pay/card`
    const blocked = 'https://evil.example:8443/x.js?card=1'
    const old = {
      'document-uri': page,
      'violated-directive': 'script-src-elem https://a',
      'blocked-uri': blocked,
    }
    assert.equal((await report(s, OLD, { 'csp-report': old })).status, 204)
    const fields = { documentURL: page, effectiveDirective: 'script-src-elem', blockedURL: blocked }
    const other = { type: 'deprecation', body: {} }
    const answer = await report(s, NEW, [other, violation({ ...fields, sample: 'let card' }), violation({})])
    assert.deepEqual([answer.status, await answer.text()], [204, ''])
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const line =
      'a page was kept to its policy: script-src-elem stopped https://evil.example:8443 on /orders/*/pay/*'
    assert.deepEqual(
      s.logged.map(({ level, message }) => [level, message]),
      [
        ['warn', line],
        ['warn', line],
        ['warn', 'a page was kept to its policy: an unknown directive stopped something on a page elsewhere'],
      ],
    )
  })

  it('never has the token of a link, the rest of an address, a sample or a card number in it', async () => {
    const link = `pay-1.${'0123456789abcdef'.repeat(2)}`
    await using s = await stage()
    for (const documentURL of [
      `${s.url}/payments/${link}?sent#${link}`,
      `${s.url}/payments/${link}/return/challenge/${link}`,
      `${s.url}/${link}/${CARD}`,
      `https://elsewhere.example/payments/${link}`,
      link,
    ]) {
      for (const blockedURL of [
        `${s.url}/payments/${link}`,
        `https://evil.example/${CARD}`,
        `https://${CARD}.evil.example/`,
        `https://user:${CARD}@evil.example/`,
        `data:text/html,${CARD}`,
        `${CARD}://x`,
        CARD,
        'a'.repeat(500),
        `https://${'a.'.repeat(100)}evil.example`,
      ]) {
        const fields = { documentURL, blockedURL, effectiveDirective: `script-src ${CARD}`, sample: CARD }
        await report(s, NEW, [
          violation({ ...fields, referrer: link, sourceFile: link, originalPolicy: link }),
        ])
      }
    }
    const logged = JSON.stringify(s.logged)
    assert.doesNotMatch(logged, new RegExp(`${CARD}|0123456789abcdef`))
    assert.ok(s.logged.every(({ message }) => message.length < 250))
    assert.match(logged, /stopped self on \/payments\/\*"/)
    assert.match(logged, /stopped data: on \/payments\/\*\/return\/challenge\/\*"/)
  })

  it('says by which of the known words it was stopped, and repeats no other', async () => {
    assert.match(
      await lineFor({ effectiveDirective: 'form-action' }),
      /policy: form-action stopped inline on/,
    )
    for (const effectiveDirective of ['x\n{"level":"error"}', 'SCRIPT-SRC', 7, undefined, 'script-srcx']) {
      assert.match(await lineFor({ effectiveDirective }), /policy: an unknown directive stopped inline on/)
    }
    assert.match(await lineFor({ blockedURL: 'eval' }), /stopped eval on/)
    for (const blockedURL of ['<b>', { a: 1 }, null, 'javascript:alert(1)', 'http://[']) {
      assert.match(await lineFor({ blockedURL }), /stopped something on/)
    }
  })

  it('that is none, too long or of another kind changes nothing and says nothing', async () => {
    await using s = await stage({ limits: { reportBytesMax: 1_000 } })
    for (const [status, type, body] of [
      [204, OLD, 'not JSON'],
      [204, NEW, '[[[]], null, 7, {"type":"csp-violation"}]'.replace('{"type":"csp-violation"}', '"x"')],
      [204, NEW, '{"__proto__":{"csp-report":{}}}'],
      [204, OLD, ''],
      [413, OLD, 'x'.repeat(1_001)],
      [415, 'application/json', '{}'],
      [415, 'text/plain', 'x'],
    ] as const) {
      const answer = await report(s, type, body)
      assert.deepEqual([answer.status, await answer.text()], [status, ''], `${type} ${body.slice(0, 20)}`)
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    }
    assert.deepEqual(s.logged, [])
    assert.equal((await fetch(`${s.url}/csp-reports`)).status, 404)
  })

  it('is one of few in a minute: of the others their number is written down', async () => {
    let nowMs = Date.UTC(2030, 0, 1)
    await using s = await stage({ nowMs: () => nowMs, limits: { reportLinesPerMinuteMax: 3 } })
    const one = violation({
      documentURL: `${s.url}/orders/x`,
      effectiveDirective: 'img-src',
      blockedURL: 'data',
    })
    await report(
      s,
      NEW,
      Array.from({ length: 50 }, () => one),
    )
    for (let index = 0; index < 20; index++) assert.equal((await report(s, NEW, [one])).status, 204)
    assert.equal(s.logged.length, 3)
    nowMs += 60_000
    await report(s, NEW, [one])
    assert.match(s.logged[3]?.message ?? '', /^a page was kept to its policy: 27 more within a minute$/)
    assert.equal(s.logged.length, 5)
  })
})
