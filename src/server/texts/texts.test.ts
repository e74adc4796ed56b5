import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CounterfoilError, type ErrorCode, errorRegistry } from '../../errors.ts'
import { moneyWords, titleAt, wordsFor, wordsForStatus } from '../error-words.ts'
import { html } from '../html.ts'
import { en } from './en.ts'
import { cataloguesWith, type OwnTexts, placesIn, type TextKey } from './texts.ts'
import { voiceOf } from './voice.ts'

const shipped = cataloguesWith()

function refusal(own: unknown): string {
  try {
    cataloguesWith(own as Record<string, OwnTexts>)
  } catch (error) {
    assert.ok(error instanceof CounterfoilError && error.code === 'CF_CONFIG')
    return error.message
  }
  return 'taken'
}

describe('the catalogue', () => {
  for (const [language, texts] of shipped) {
    it(`of ${language} has every text, with the places that English has`, () => {
      assert.deepEqual(Object.keys(texts), Object.keys(en))
      for (const [key, text] of Object.entries(texts)) {
        assert.deepEqual(placesIn(text ?? '').toSorted(), placesIn(en[key as TextKey]).toSorted(), key)
        assert.equal(text?.trim(), text, key)
        assert.doesNotMatch(text ?? '', / {2}|\.\.\.|"/, key)
      }
    })

    it(`of ${language} has words for every error of the registry, wherever it happens`, () => {
      const words = [
        ...(Object.keys(errorRegistry) as ErrorCode[]).map((code) => wordsFor[code]),
        ...[400, 404, 408, 413, 415, 500, 504].map(wordsForStatus),
      ]
      for (const found of words) {
        const keys = (['paying', 'order', 'payment', 'elsewhere'] as const).flatMap((place) => [
          titleAt(found, place),
          moneyWords(found, place),
        ])
        for (const key of [...keys, `error.${found.name}.text` as const]) {
          if (key !== undefined) assert.ok((texts[key] ?? '').length > 5, `${found.name}: ${key}`)
        }
      }
    })
  }

  it('translates: hardly a text is the same in two languages', () => {
    const [english, german, french] = ['en', 'de', 'fr'].map((language) => shipped.get(language))
    const same = Object.keys(en).filter((key) => {
      const texts = [english, german, french].map((catalogue) => catalogue?.[key as TextKey])
      return new Set(texts).size < 3
    })
    assert.deepEqual(same, ['fact.status', 'order.total'])
  })

  it('has French spaces before its signs', () => {
    for (const text of Object.values(shipped.get('fr') ?? {}))
      assert.doesNotMatch(text ?? '', /[^\u00a0\u202f][:;!?](\s|$)/)
  })

  it('never says of a doubt that something was declined', () => {
    for (const [language, texts] of shipped) {
      for (const key of Object.keys(en) as TextKey[]) {
        if (!/^(wait|still|asking|unpaid-yet|error\.(unknown|not-lost|taken))/.test(key)) continue
        assert.doesNotMatch(
          texts[key],
          /declin|refus|abgelehnt|not charged|not been charged|nichts belastet|débité/i,
          `${language} ${key}`,
        )
      }
    }
  })
})

describe('the words of a shop', () => {
  it('stand in the place of ours, and all others stay', () => {
    const voice = voiceOf(
      cataloguesWith({ de: { 'order.title': 'Dein Kauf', 'way.card': 'Kreditkarte' } }),
      'de',
    )
    assert.equal(voice.text('order.title').text, 'Dein Kauf')
    assert.equal(voice.text('card.title').text, 'Kartendaten')
    assert.deepEqual([voice.wayOf('card'), voice.wayOf('hosted')], ['Kreditkarte', undefined])
  })

  it('may be a language of its own when it is complete', () => {
    assert.match(
      refusal({ nl: { 'order.title': 'Uw bestelling' } }),
      /texts\.nl is a language of its own and lacks frame\.secure, /,
    )
    assert.equal(refusal({ nl: { ...en, 'order.title': 'Uw bestelling' } }), 'taken')
    assert.equal(voiceOf(cataloguesWith({ AR: { ...en } }), 'ar').direction, 'rtl')
  })

  it('are refused with the name of what is wrong', () => {
    assert.match(refusal({ de: { 'order.titel': 'x' } }), /texts\.de\['order\.titel'\] is no text/)
    assert.match(refusal({ de: { 'order.title': ' ' } }), /must be a text of 1 to 1000 characters/)
    assert.match(refusal({ de: { 'order.pay': 'Pay {amuont}' } }), /has \{amuont\}, and there is amount/)
    assert.match(refusal({ de: { 'order.title': '{amount}' } }), /has \{amount\}, and there is none/)
    assert.match(refusal({ 'not a tag': {} }), /no language tag/)
    assert.match(refusal({ de: 'x' }), /must be an object/)
    assert.equal(refusal({ de: { 'order.pay': 'Jetzt bezahlen' } }), 'taken')
  })
})

describe('a voice', () => {
  it('escapes its texts and what stands in them, and leaves markup of ours', () => {
    const voice = voiceOf(cataloguesWith({ en: { 'order.number': '<b>{order}</b>' } }), 'en')
    assert.equal(voice.text('order.number', { order: '<i>"' }).text, '&lt;b&gt;&lt;i&gt;&quot;&lt;/b&gt;')
    assert.equal(
      voice.text('go.until', { time: html`<time>9</time>` }).text,
      'You can do that until <time>9</time>.',
    )
  })

  it('says money and time as its language does', () => {
    const amount = { amountMinor: 123456n, currency: 'EUR' }
    const at = Date.UTC(2027, 0, 31, 14, 5)
    const said = (language: string) => {
      const voice = voiceOf(shipped, language)
      return [voice.money(amount), voice.time(at).text.replaceAll(/<[^>]*>/g, '')].map((text) =>
        text.replaceAll(/[\u00a0\u202f]/g, ' '),
      )
    }
    assert.deepEqual(said('en'), ['€1,234.56', '31 Jan, 14:05 UTC'])
    assert.deepEqual(said('de'), ['1.234,56 €', '31. Jan., 14:05 UTC'])
    assert.deepEqual(said('fr'), ['1 234,56 €', '31 janv., 14:05 UTC'])
  })
})
