import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html } from './html.ts'

test('values are escaped in text and in attributes; markup made by html is not escaped again', () => {
  const hostile = `"><script>alert('x')</script>&`
  const inner = html`<b title="${hostile}">${hostile}</b>`
  const escaped = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;'
  assert.equal(html`<p>${inner}</p>`.toString(), `<p><b title="${escaped}">${escaped}</b></p>`)
})

test('lists are joined, nothing leaves nothing, and a list inside a list is escaped as well', () => {
  assert.equal(
    html`${[html`<i>`, '<i>', ['<']]}${undefined}${false}${0}${7n}`.toString(),
    '<i>&lt;i&gt;&lt;07',
  )
})
