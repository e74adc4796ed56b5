import type { Append, Evidence, PaymentEvent } from '../journal-types.ts'
import { moneyText } from '../money-text.ts'
import { wordsOf } from './event-words.ts'
import { type Html, html } from './html.ts'
import { clock, span } from './words.ts'

/** What is shown of a very long history: its end. */
const APPENDS_SHOWN_MAX = 100

/** A payment's life out of the journal: one entry per append, which is one commit. */
export function timeline(appends: readonly Append[], currency: string): Html {
  const first = appends[0]
  if (first === undefined) return html`<p class="empty">Nothing is written down yet.</p>`
  const left = appends.length - APPENDS_SHOWN_MAX
  const vocabulary = {
    amountText: (amountMinor: bigint) => moneyText(amountMinor, currency),
    stepOf: stepFinder(appends),
  }
  return html`${left > 0 && html`<p class="empty">${left} earlier entries are left out.</p>`}
<ol class="timeline">${appends.slice(-APPENDS_SHOWN_MAX).map(
    ({ version, atMs, fence, events }) => html`<li>
<p class="commit">${clock(atMs)} <span>${span(atMs - first.atMs)}</span> <span>commit ${version}${fence > 1 && `, fence ${fence}`}</span></p>
<ul>${events.map((event) => {
      const { words, mark, detail, evidence } = wordsOf(event, vocabulary)
      return html`<li class="${mark}">${words}${detail !== undefined && html`<p class="reference">${detail}</p>`}${evidence !== undefined && evidenceOf(evidence)}</li>`
    })}</ul>
</li>`,
  )}</ol>`
}

function evidenceOf({ source, code, text, pspReference, maskedCard, raw }: Evidence): Html {
  const facts = [code, pspReference, maskedCard].filter((fact) => fact !== undefined).join(', ')
  return html`<small>${text} <i>(${source}${facts !== '' && `: ${facts}`})</i></small>${
    raw !== undefined &&
    html`<details><summary>As it came, without card data</summary><pre>${raw}</pre></details>`
  }`
}

/** Work is done under its key; the name of its step stands where it was queued. */
function stepFinder(appends: readonly Append[]): (key: string) => string {
  const steps = new Map<string, string>()
  for (const event of appends.flatMap(({ events }): readonly PaymentEvent[] => events)) {
    if (!('work' in event)) continue
    for (const { key, step, kind } of event.work) steps.set(key, kind === 'undo' ? `undo of ${step}` : step)
  }
  return (key) => steps.get(key) ?? key
}
