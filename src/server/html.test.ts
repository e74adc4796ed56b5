import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { html, Raw } from './html.ts'

it('escapes what is put into text and into attributes', () => {
  const evil = `<b a="1" b='2'>&\``
  assert.equal(
    html`<p title="${evil}">${evil}</p>`.text,
    '<p title="&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;&#96;">&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;&#96;</p>',
  )
})

it('puts templates and lists of them into templates as they are, and nothing for undefined and false', () => {
  const rows = ['a', '<'].map((name) => html`<li>${name}</li>`)
  assert.equal(
    html`<ul>${rows}${undefined}${false}${0}${2n}</ul>`.text,
    '<ul><li>a</li><li>&lt;</li></ul>'.replace('</ul>', '02</ul>'),
  )
  assert.equal(html`${new Raw('<i>')}`.text, '<i>')
})

it('lets no text out of its place, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(html`${text}`.text, /[<>"'`]|&(?!(amp|lt|gt|quot|#39|#96);)/)
    }),
  )
})
