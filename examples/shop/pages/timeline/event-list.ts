import type { Append, Evidence, PaymentEvent } from '../../journal-types.ts'
import { moneyText } from '../../money-text.ts'
import { wordsOf } from '../event-words.ts'
import { type Html, html } from '../html.ts'
import { clock, duration } from '../words.ts'
import type { Span, Story } from './story.ts'

/** The journal in words: one entry per append, which is one commit, and after it who waits for whom. */
export function eventList(appends: readonly Append[], story: Story, startMs: number, currency: string): Html {
  const vocabulary = {
    amountText: (amountMinor: bigint) => moneyText(amountMinor, currency),
    stepOf: stepFinder(appends),
  }
  return html`<ol class="timeline">${appends.map(
    ({ version, atMs, fence, events }) => html`<li>
<p class="commit">${clock(atMs)} <span>+${duration(Math.max(atMs - startMs, 0))}</span> <span>commit ${version}${fence > 1 && `, fence ${fence}`}</span></p>
<ul>${events.map((event) => {
      const { words, mark, detail, evidence } = wordsOf(event, vocabulary)
      return html`<li class="${mark}">${words}${detail !== undefined && html`<p class="reference">${detail}</p>`}${evidence !== undefined && evidenceOf(evidence)}</li>`
    })}${spansFrom(story, version).map((span) => html`<li class="${span.kind === 'doubt' ? 'wrong' : 'waiting'}">From here: ${span.words}${howLong(story, span)}</li>`)}</ul>
</li>`,
  )}</ol>`
}

function spansFrom({ spans, rows }: Story, version: number): readonly Span[] {
  return spans.filter(({ fromRow }) => rows[fromRow]?.version === version)
}

function howLong({ rows }: Story, { fromRow, toRow }: Span): string {
  const [from, to] = [rows[fromRow], toRow === undefined ? undefined : rows[toRow]]
  return from === undefined || to === undefined
    ? ', still'
    : `, for ${duration(Math.max(to.atMs - from.atMs, 0))}`
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
