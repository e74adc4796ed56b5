import assert from 'node:assert/strict'
import { it } from 'node:test'
import { decodeNews, encodeNews } from './news-message.ts'

it('puts as much into each message as PostgreSQL takes, and loses nothing', () => {
  const versions = new Map(Array.from({ length: 2_000 }, (_, index) => [`zahlung-für-tee-${index}`, index]))
  const messages = encodeNews('one', versions)
  assert.ok(messages.every((message) => Buffer.byteLength(message) < 8_000))
  assert.ok(messages.length < 10, `${messages.length} messages`)
  const decoded = messages.map((message) => decodeNews(message))
  assert.deepEqual(new Map(decoded.flatMap((news) => news?.payments ?? [])), versions)
  assert.ok(decoded.every((news) => news?.session === 'one'))
})

it('leaves out an id that no message can hold, and says nothing where there is nothing', () => {
  const versions = new Map([
    ['x'.repeat(8_000), 1],
    ['p1', 2],
  ])
  assert.deepEqual(encodeNews('one', versions), ['["one","p1",2]'])
  assert.deepEqual(encodeNews('one', new Map()), [])
})

it('does not take for news what anybody may have sent', () => {
  for (const text of ['', 'x', '{}', '[]', '[1]', '["s","p"]', '["s",1,2]', '["s","p","1"]']) {
    assert.equal(decodeNews(text), undefined, text)
  }
})
