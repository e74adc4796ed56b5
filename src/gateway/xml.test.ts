import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { onlyChild, parseXml, XML_LIMITS, xmlAttribute, xmlHoldable, xmlText } from './xml.ts'
import type { XmlElement } from './xml.ts'

const PUBLIC_IDS = { publicIds: ['-//WorldPay//', '-//Bibit//'] }
const DOCTYPE =
  '<!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">'
const GOOD = `<?xml version="1.0" encoding="UTF-8"?>\n${DOCTYPE}\n<a one="1" two='&lt;2&gt;'><b> text &amp; <![CDATA[<data> & more]]></b><!-- nothing --><c/></a>`

function rootOf(document: string, limits = {}): XmlElement {
  const read = parseXml(document, limits)
  assert.ok(read.ok, read.ok ? '' : read.why)
  return read.root
}

function assertRefused(document: string | Uint8Array, why?: RegExp, limits = {}): void {
  const read = parseXml(document, limits)
  assert.equal(read.ok, false)
  if (!read.ok && why !== undefined) assert.match(read.why, why)
}

void test('a document becomes a frozen tree of names, attributes, children and text', () => {
  const root = rootOf(GOOD, PUBLIC_IDS)
  assert.equal(root.name, 'a')
  assert.deepEqual({ ...root.attributes }, { one: '1', two: '<2>' })
  assert.deepEqual(
    root.children.map((child) => child.name),
    ['b', 'c'],
  )
  assert.equal(onlyChild(root, 'b')?.text, ' text & <data> & more')
  for (const part of [root, root.attributes, root.children, root.children[0]]) {
    assert.ok(Object.isFrozen(part))
  }
})

void test('a child that is missing or there twice is no only child', () => {
  const root = rootOf('<a><b/><c/><c/></a>')
  assert.equal(onlyChild(root, 'b')?.name, 'b')
  assert.equal(onlyChild(root, 'c'), undefined)
  assert.equal(onlyChild(root, 'd'), undefined)
  assert.equal(onlyChild(undefined, 'b'), undefined)
})

void test('the mistakes that PSPs make are understood', () => {
  assert.equal(rootOf('<a>Marks & Spencer &amp; &#65; &</a>').text, 'Marks & Spencer & A &')
  assert.equal(rootOf('<a href="x?b=1&c=2"/>').attributes['href'], 'x?b=1&c=2')
  assert.equal(rootOf('<a><![CDATA[& &amp; &lt;]]> & x</a>').text, '& &amp; &lt; & x')
  assert.equal(rootOf('<a/>\n stray text & more').name, 'a')
})

void test('a DOCTYPE is let through only by its public id, and never with an internal subset', () => {
  rootOf('<!DOCTYPE a><a/>')
  rootOf(`${DOCTYPE}<paymentService/>`, PUBLIC_IDS)
  rootOf(DOCTYPE.replace('WorldPay//DTD', 'Bibit//DTD').concat('<a/>'), { publicIds: ['-//Bibit//'] })
  assertRefused(`${DOCTYPE}<paymentService/>`, /DOCTYPE/)
  for (const doctype of [
    '<!DOCTYPE a SYSTEM "http://example.com/a.dtd">',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE a PUBLIC "-//Other//DTD" "http://example.com/a.dtd">',
    '<!DOCTYPE a []>',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    DOCTYPE.replace('>', ' [<!ENTITY b "c">]>'),
    DOCTYPE.replace('"http', '"x" [] "http'),
    DOCTYPE + DOCTYPE,
  ]) {
    assertRefused(`${doctype}<a/>`, undefined, PUBLIC_IDS)
  }
})

void test('entities are never expanded: billion laughs, quadratic blow-up, external files', () => {
  const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`)
  assertRefused(`<!DOCTYPE a [<!ENTITY l0 "lol">${laughs.join('')}]><a>&l9;</a>`)
  const big = 'x'.repeat(50_000)
  assertRefused(`<!DOCTYPE a [<!ENTITY b "${big}">]><a>${'&b;'.repeat(1_000)}</a>`)
  assertRefused('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>')
  assertRefused('<!DOCTYPE a [<!ENTITY % b SYSTEM "http://example.com/x"> %b;]><a/>')
  for (const name of ['b', 'nbsp', 'toString', 'constructor', '__proto__']) {
    assertRefused(`<a>&${name};</a>`, /undefined entity/)
    assertRefused(`<a b="&${name};"/>`, /undefined entity/)
  }
})

void test('character references outside of Unicode, of control characters, and too many are refused', () => {
  for (const reference of ['&#9999999;', '&#x110000;', '&#0;', '&#1;', '&#xD800;', '&#xFFFF;']) {
    assertRefused(`<a>${reference}</a>`)
  }
  assert.equal(rootOf('<a>&#x1F600;</a>').text, '\u{1f600}')
  const many = '&#65;'.repeat(XML_LIMITS.characterReferencesMax)
  rootOf(`<a>${many}</a>`)
  assertRefused(`<a>${many}&#65;</a>`, /character references/)
})

void test('names that mean something to JavaScript are only names', () => {
  const root = rootOf('<a __proto__="1" constructor="2"><__proto__ polluted="yes">3</__proto__></a>')
  assert.equal(root.attributes['__proto__'], '1')
  assert.equal(root.attributes['constructor'], '2')
  assert.equal(root.attributes['toString'], undefined)
  assert.equal(onlyChild(root, '__proto__')?.text, '3')
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

void test('documents that are not well formed are refused', () => {
  for (const document of [
    '',
    ' ',
    'text',
    '<a x="1" x="2"/>',
    '<a x=1/>',
    '<a x/>',
    '<a><b></a></b>',
    '<a/><b/>',
    '<a></a></a>',
    'text<a/>',
    '<a><?php ?></a>',
    '<?xml-stylesheet href="x"?><a/>',
    '<a b="<"/>',
    '<a>]]></a>',
    '<a>\u0000</a>',
    '<a><!-- -- --></a>',
    '<a',
    '<html><body><br></body></html>',
  ]) {
    assertRefused(document)
  }
  assertRefused(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]))
  assertRefused(Buffer.from('<a/>', 'utf16le'))
})

void test('what is larger than its bound is refused', () => {
  assertRefused(`<a>${'x'.repeat(XML_LIMITS.bytesMax)}</a>`, /bytes/)
  assertRefused('<a>'.repeat(33), /deeper than 32/)
  rootOf('<a>'.repeat(32) + '</a>'.repeat(32))
  assertRefused(`<a>${'<b/>'.repeat(XML_LIMITS.elementsMax)}</a>`, /elements/)
  rootOf(`<a>${'<b/>'.repeat(XML_LIMITS.elementsMax - 1)}</a>`)
  const attributes = Array.from({ length: 11 }, (_, n) => `b${n}="1"`).join(' ')
  assertRefused(`<a ${attributes}/>`, /attributes/, { attributesMax: 10 })
  rootOf(`<a ${attributes}/>`, { attributesMax: 11 })
})

void test('a document that was cut at any byte is refused', () => {
  const whole = Buffer.from(GOOD)
  for (let length = 0; length < whole.length; length++) {
    assertRefused(whole.subarray(0, length), undefined, PUBLIC_IDS)
  }
  assert.ok(parseXml(whole, PUBLIC_IDS).ok)
})

void test('nothing that comes makes it throw or take long', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      '/',
      '&',
      ';',
      '"',
      '=',
      '<a>',
      '</a>',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '&#',
    ),
    fc.constantFrom(
      '<?xml version="1.0"?>',
      '<!DOCTYPE a',
      ' [',
      '<!ENTITY b "c">',
      ']',
      '\u0000',
      '\ud800',
      ' ',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const document = pieces.join('')
      const startedMs = performance.now()
      const read = parseXml(document)
      assert.ok(performance.now() - startedMs < 3_000)
      if (!read.ok) assert.ok(read.why.length <= 200)
    }),
    { numRuns: 2_000 },
  )
})

void test('the largest hostile documents take bounded time', () => {
  const size = XML_LIMITS.bytesMax
  for (const part of [
    '<![CDATA[',
    '<!--',
    '&',
    '&a',
    '<a b="',
    '<a ',
    '<',
    '&#1',
    '<!DOCTYPE a "',
    ']]>',
    '<a>&',
  ]) {
    const startedMs = performance.now()
    const read = parseXml(part.repeat(Math.floor(size / part.length)))
    assert.equal(read.ok, false, part)
    assert.ok(performance.now() - startedMs < 8_000, `${part}: ${performance.now() - startedMs} ms`)
  }
})

void test('what is written reads back the same, and what XML cannot hold is refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const holdable = xmlHoldable(value)
      const root = rootOf(`<a b=${xmlAttribute(holdable)}>${xmlText(holdable)}</a>`)
      assert.equal(root.text, holdable)
      assert.equal(root.attributes['b'], holdable)
      if (holdable !== value) assert.throws(() => xmlText(value), RangeError)
    }),
    { numRuns: 500 },
  )
  assert.equal(xmlText('<&>"\r\n\t'), '&lt;&amp;&gt;&quot;&#13;&#10;&#9;')
})
