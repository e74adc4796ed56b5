import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SECRET, type Stage, type StageOptions, stage } from '../fake-counterfoil.test.ts'
import { en } from './en.ts'

/** What the order's page says that it is written in. */
async function spoken(s: Stage, headers: Record<string, string>, rest = ''): Promise<string> {
  const answer = await fetch(s.server.checkoutUrl('A-1') + rest, { headers })
  return /<html lang="([^"]*)"/.exec(await answer.text())?.[1] ?? ''
}

describe('the language of a page', () => {
  for (const [accept, language] of [
    ['', 'en'],
    ['de', 'de'],
    ['de-AT,en;q=0.5', 'de'],
    ['pl, fr-CA;q=0.8, de;q=0.9', 'de'],
    ['en-US,de;q=0.9', 'en'],
    ['pl', 'en'],
    ['de;q=0, fr', 'fr'],
    ['*', 'en'],
    [`${'x-'.repeat(500)}de`, 'en'],
    ['"><script>', 'en'],
  ] as const) {
    it(`is ${language} for a browser that says '${accept.slice(0, 30)}'`, async () => {
      await using s = await stage()
      assert.equal(await spoken(s, { 'accept-language': accept }), language)
    })
  }

  it('is that of the link before any other, and is kept in a cookie like that of the session', async () => {
    await using s = await stage()
    const url = s.server.checkoutUrl('A-1', { language: 'fr-CA' })
    assert.equal(url, `${s.server.checkoutUrl('A-1')}?language=fr`)
    const first = await fetch(url, { headers: { 'accept-language': 'de' } })
    assert.match(await first.text(), /<html lang="fr">/)
    assert.deepEqual(first.headers.getSetCookie(), [
      '__Host-counterfoil-language=fr; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
    const cookie = '__Host-counterfoil-language=fr'
    assert.equal(await spoken(s, { cookie, 'accept-language': 'de' }), 'fr')
    assert.equal(await spoken(s, { cookie }, '?language=de'), 'de')
    assert.equal(await spoken(s, { cookie: `${cookie}%22` }), 'en')
  })

  it('is never one that there are no texts for', async () => {
    await using s = await stage()
    assert.equal(s.server.checkoutUrl('A-1', { language: 'pl' }), s.server.checkoutUrl('A-1'))
    for (const language of ['pl', '', '"><script>', '../de', 'constructor']) {
      const answer = await fetch(`${s.server.checkoutUrl('A-1')}?language=${encodeURIComponent(language)}`)
      assert.match(await answer.text(), /<html lang="en">/)
      assert.deepEqual(answer.headers.getSetCookie(), [])
    }
  })

  it('may be one of the shop, written from the right', async () => {
    const options: StageOptions = { secret: SECRET, texts: { he: { ...en, 'order.title': 'ההזמנה שלך' } } }
    await using s = await stage(options)
    const answer = await fetch(s.server.checkoutUrl('A-1', { language: 'he' }))
    assert.match(await answer.text(), /<html lang="he" dir="rtl">[^]*<h1>ההזמנה שלך<\/h1>/)
  })

  it('is spoken by errors too', async () => {
    await using s = await stage()
    const answer = await fetch(`${s.url}/nothing`, { headers: { 'accept-language': 'de' } })
    assert.match(await answer.text(), /<h1>Seite nicht gefunden<\/h1>/)
  })
})
