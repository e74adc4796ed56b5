import type { Append } from '../journal-types.ts'
import { moneyText } from '../money-text.ts'
import { type Html, html } from './html.ts'
import { draw } from './timeline/drawing.ts'
import { eventList } from './timeline/event-list.ts'
import { tell } from './timeline/tell.ts'
import type { Story } from './timeline/story.ts'
import { clock, duration } from './words.ts'

/** What is shown of a very long history: its end. */
const APPENDS_SHOWN_MAX = 100

/** A payment's life out of the journal: drawn, and in words with all the evidence. `id` is the payment's. */
export function timeline(id: string, appends: readonly Append[], currency: string): Html {
  const first = appends[0]
  if (first === undefined) return html`<p class="empty">Nothing is written down yet.</p>`
  const shown = appends.slice(-APPENDS_SHOWN_MAX)
  const left = appends.length - shown.length
  const story = tell(shown, (amountMinor) => moneyText(amountMinor, currency))
  const drawn = { id: `story-${id}`, title: 'How this payment went', description: describe(story) }
  return html`<h3>Timeline out of the journal</h3>
${left > 0 && html`<p class="empty">${left} earlier entries are left out.</p>`}
<figure class="timeline-figure">
<div class="scrolls" id="scrolls-${id}" tabindex="0" role="group" aria-label="Timeline, drawn">${draw(story, drawn)}</div>
<figcaption>${legend(story)}<span>Begins at ${clock(first.atMs)}.</span></figcaption>
</figure>
<details id="words-${id}"><summary>The same in words, with the evidence as it came</summary>
${eventList(shown, story, first.atMs, currency)}</details>`
}

/** For whoever does not see the picture: how it begins and ends, and where to read all of it. */
function describe({ rows, spans }: Story): string {
  const last = rows.at(-1)
  const lastMark = rows.findLast(({ kind }) => kind === 'mark')
  const firstMs = rows[0]?.atMs ?? 0
  const doubt = spans.find(({ kind }) => kind === 'doubt')
  const doubtWords =
    doubt === undefined
      ? ''
      : doubt.toRow === undefined
        ? ' It is in doubt.'
        : ` It was in doubt for ${duration((rows[doubt.toRow]?.atMs ?? 0) - (rows[doubt.fromRow]?.atMs ?? 0))}, until there was evidence.`
  const end = lastMark === undefined ? '' : ` It has come to: ${lastMark.words}.`
  return `${rows.length} steps between payer, Counterfoil, provider and shop within ${duration((last?.atMs ?? firstMs) - firstMs)}.${doubtWords}${end} The list below says the same in words.`
}

/** Only what there is in this picture is explained. */
function legend({ rows, spans }: Story): Html {
  return html`${rows.some(({ writtenFirst }) => writtenFirst) && html`<span class="key first">written down, then sent</span>`}
<span class="key commit">written down</span>
${spans.some(({ kind }) => kind === 'waits') && html`<span class="key waits">somebody waits</span>`}
${spans.some(({ kind }) => kind === 'doubt') && html`<span class="key doubt">in doubt, until there is evidence</span>`}
${rows.some(({ isLost }) => isLost) && html`<span class="key lost">did not get there</span>`}`
}
