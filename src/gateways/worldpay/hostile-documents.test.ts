import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { secret } from '../../gateway/secret.ts'
import { worldpay } from './gateway.ts'
import {
  answer,
  charge,
  charged,
  found,
  merchant,
  modification,
  PROLOG,
  SAMPLE_02,
} from './replies.test-data.ts'
import { chargeOutcome } from './charge-replies.ts'
import { inquiryFound } from './found.ts'
import { modificationOutcome } from './modification-replies.ts'

const { direct } = worldpay({ environment: 'test', merchantCode: 'SHOPECOM', password: secret('p4ss') })
const { notification } = direct

/** A whole approval, and a whole notification of one: what is hostile is around or within it. */
const APPROVAL = SAMPLE_02
const NOTICE = APPROVAL.replace('<reply><orderStatus', '<notify><orderStatusEvent').replace(
  '</orderStatus></reply>',
  '</orderStatusEvent></notify>',
)
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
const PUBLIC =
  'PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd"'

/** Every form of the list, with the whole document as its bait. `there` is an address that nobody may ask. */
function hostile(document: string, there: string): Readonly<Record<string, string>> {
  const inside = (text: string): string => document.replace('AUTHORISED', text)
  const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
  const payment = /<payment>.*<\/payment>/.exec(document)?.[0] ?? ''
  return {
    'an external entity': `<!DOCTYPE paymentService [<!ENTITY x SYSTEM "${there}">]>${inside('&x;')}`,
    'an entity of a file': `<!DOCTYPE paymentService [<!ENTITY x SYSTEM "file:///etc/passwd">]>${inside('&x;')}`,
    'a parameter entity': `<!DOCTYPE paymentService [<!ENTITY % x SYSTEM "${there}"> %x;]>${document}`,
    'an external subset': `<!DOCTYPE paymentService SYSTEM "${there}">${document}`,
    'an internal subset in their own DOCTYPE': `<!DOCTYPE paymentService ${PUBLIC} [<!ENTITY x "AUTHORISED">]>${inside('&x;')}`,
    'their own DOCTYPE for another element': `<!DOCTYPE reply ${PUBLIC}>${document.replaceAll('paymentService', 'other')}`,
    'another public id': `<!DOCTYPE paymentService PUBLIC "-//Evil//DTD//EN" "${there}">${document}`,
    'billion laughs': `<!DOCTYPE paymentService [<!ENTITY l0 "lol">${laughs}]>${inside('&l9;')}`,
    'quadratic blow-up': `<!DOCTYPE paymentService [<!ENTITY b "${'x'.repeat(50_000)}">]>${inside('&b;'.repeat(500))}`,
    'an entity that is not there': inside('&AUTHORISED;'),
    'a reference outside of Unicode': inside('&#9999999;'),
    'a reference of half a character': inside('&#xD800;'),
    'a reference to U+0000': inside('AUTHORISED&#0;'),
    'a reference with a thousand digits': inside(`&#${'0'.repeat(1_000)}99999999;`),
    'too many references': inside('&#65;'.repeat(100_000)),
    'too many elements': document.replace(payment, `${payment}${'<a/>'.repeat(100_000)}`),
    'too deep a tree': document.replace(payment, `${'<a>'.repeat(10_000)}${payment}${'</a>'.repeat(10_000)}`),
    'an element twice': document.replace(payment, payment + payment),
    'an attribute twice': document.replace(' merchantCode=', ' merchantCode="OTHER" merchantCode='),
    'a payment within another name': document.replaceAll(/<(\/?)payment>/g, '<$1__proto__>'),
    'an order within another name': document.replaceAll(/<(\/?)(orderStatus(?:Event)?)\b/g, '<$1constructor'),
    'names of JavaScript for a word': inside('__proto__'),
    'another word of JavaScript': inside('constructor'),
    'another merchant': document.replace('SHOPECOM', 'OTHERSHOP'),
    'bytes that are no text': `${document.slice(0, 60)}\u0000${document.slice(60)}`,
    'another document behind it': document + document,
    'a style sheet': `<?xml-stylesheet href="${there}"?>${document}`,
    'an include': document.replace(
      payment,
      `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="${there}"/>`,
    ),
  }
}

describe('an approval in hostile XML', () => {
  let asked = 0
  const listener = createServer((_, response) => {
    asked++
    response.end('<!ENTITY x "AUTHORISED">')
  })
  let there = ''
  before(async () => {
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    there = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/evil.dtd`
  })
  after(() => listener.close())

  it('would be believed as it stands', () => {
    assert.equal(charged(APPROVAL).kind, 'approved')
    assert.equal(found(APPROVAL).kind, 'found')
    assert.equal(notification?.parse(PROLOG + NOTICE).kind, 'notice')
  })

  it('decides nothing as an answer: a charge stays in doubt, and an inquiry has found nothing out', () => {
    for (const [form, document] of Object.entries(hostile(APPROVAL, there))) {
      for (const text of [document, DECLARATION + document]) {
        assert.equal(chargeOutcome(answer(text), charge(), merchant).kind, 'unclear', form)
        assert.equal(inquiryFound(answer(text), charge(), merchant).kind, 'unavailable', form)
        assert.equal(
          modificationOutcome(answer(text), modification('capture'), merchant).kind,
          'unclear',
          form,
        )
      }
    }
  })

  it('decides nothing as a notification: it cannot be read, or tells of no event', () => {
    for (const [form, document] of Object.entries(hostile(NOTICE, there))) {
      for (const text of [document, DECLARATION + document]) {
        const notice = notification?.parse(text)
        assert.ok(notice?.kind === 'unreadable' || notice?.found === undefined, form)
      }
    }
  })

  it('has nobody asked for what it names, and is read in bounded time', async () => {
    const startedMs = performance.now()
    for (const document of Object.values(hostile(APPROVAL, there)))
      chargeOutcome(answer(document), charge(), merchant)
    assert.ok(performance.now() - startedMs < 5_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(asked, 0)
    const plain: Readonly<Record<string, unknown>> = {}
    assert.deepEqual([plain['lastEvent'], plain['orderCode']], [undefined, undefined])
  })
})
