import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draw } from './drawing.ts'
import { layOut, WIDTH } from './layout.ts'
import * as stories from './sample-stories.test-data.ts'
import { tell } from './tell.ts'
import { wrap } from './text-width.ts'

const amountText = (amountMinor: bigint): string => `${amountMinor}p`
const drawn = (name: keyof typeof stories.all): string =>
  draw(tell(stories.all[name], amountText), {
    id: 'p',
    title: 'How it went',
    description: 'In words',
  }).toString()

test('every story is drawn with its title, four lanes and all of its words, without a number that is none', () => {
  for (const name of Object.keys(stories.all) as (keyof typeof stories.all)[]) {
    const picture = drawn(name)
    assert.match(picture, /role="img" aria-labelledby="p-title p-words"/)
    assert.match(picture, /<title id="p-title">How it went<\/title>/)
    assert.match(picture, /<desc id="p-words">In words<\/desc>/)
    for (const lane of ['Payer', 'Counterfoil', 'Provider', 'Shop'])
      assert.ok(picture.includes(`>${lane}</text>`))
    assert.doesNotMatch(picture, /NaN|undefined|Infinity|="-|\sstyle=/, name)
    const text = picture.replaceAll(/<[^>]+>/g, ' ')
    for (const { words } of tell(stories.all[name], amountText).rows) {
      for (const word of words.split(' '))
        assert.ok(text.includes(word.replaceAll("'", '&#39;')), `${name}: ${word}`)
    }
  }
})

test('nothing is drawn upon anything else, or outside of the picture', () => {
  for (const [name, journal] of Object.entries(stories.all)) {
    const { rows, gaps, spans, height } = layOut(tell(journal, amountText))
    const boxes = [
      ...rows.map(({ textY, y, height: tall, row }) =>
        row.kind === 'mark' ? [y - tall / 2, y + tall / 2] : [textY - 11, textY - 11 + tall],
      ),
      ...gaps.map(({ y, height: tall }) => [y, y + tall]),
    ].toSorted(([a = 0], [b = 0]) => a - b)
    for (const [index, [top = 0, bottom = 0]] of boxes.entries()) {
      assert.ok(bottom <= height + 0.01, `${name}: ${bottom} of ${height}`)
      assert.ok(top >= (boxes[index - 1]?.[1] ?? 0) - 0.01, `${name}: box ${index}`)
    }
    for (const { x, width, y, height: tall } of spans)
      assert.ok(x + width <= WIDTH && y + tall <= height + 0.01, name)
  }
})

test('a long pause is cut and marked with its length and with who waits for whom', () => {
  const picture = drawn('challenged')
  assert.match(picture, /class="gap".*>15\.0 s<\/text>/)
  assert.match(picture, /class="label waits"><tspan[^>]*>Counterfoil waits for the/)
  assert.match(picture, /class="lane[^>]*><path d="[^"]+M[^"]+"\/><path class="cut"/)
})

test('doubt has a pattern of its own; waiting has not', () => {
  for (const name of ['timedOut', 'crashed'] as const) assert.match(drawn(name), /fill="url\(#p-doubt\)"/)
  for (const name of ['approved', 'redirected', 'refunded'] as const)
    assert.doesNotMatch(drawn(name), /url\(#p-doubt\)"\/></)
})

test('what was written down first is marked, and what did not get there ends in a cross', () => {
  assert.match(drawn('approved'), /class="stub first"/)
  assert.doesNotMatch(drawn('approved'), /class="cross"/)
  assert.match(drawn('crashed'), /class="told bad lost".*class="cross"/)
})

test('what goes on runs to the end of the picture, and says so', () => {
  assert.match(drawn('stillWaiting'), />now<\/text>/)
  assert.doesNotMatch(drawn('redirected'), />now<\/text>/)
})

test('a clock that was put back is said, and breaks nothing', () => {
  const back = stories.approved.map((append, index) => (index < 4 ? append : { ...append, atMs: 1_000 }))
  const picture = draw(tell(back, amountText), { id: 'p', title: 't', description: 'd' }).toString()
  assert.match(picture, />clock back<\/text>/)
  assert.doesNotMatch(picture, /NaN|="-/)
})

test('a text is broken where there is a blank, and cut where there is no room', () => {
  assert.deepEqual(wrap('one two three', 50, 12, 3), ['one two', 'three'])
  const [only, ...more] = wrap('x'.repeat(500), 100, 12, 2)
  assert.equal(more.length, 0)
  assert.ok((only?.length ?? 500) < 20 && only?.endsWith('…'))
  assert.equal(wrap('a b c d e f g h i j k l', 20, 12, 2).length, 2)
})
