import { type Html, html } from './html.ts'

const MARKS: Readonly<Record<string, 'good' | 'bad' | 'busy'>> = {
  paid: 'good',
  agree: 'good',
  declined: 'bad',
  differ: 'bad',
  'in progress': 'busy',
  'in-progress': 'busy',
  started: 'busy',
  waiting: 'busy',
}

/** A status as a small label; the colour says nothing that the word does not. */
export function pill(status: string): Html {
  return html`<span class="pill ${MARKS[status] ?? ''}">${status.replaceAll('-', ' ')}</span>`
}

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** To the millisecond, for things that follow each other closely. */
export function clock(atMs: number): Html {
  return html`<time datetime="${new Date(atMs).toISOString()}">${CLOCK.format(atMs)}</time>`
}

/** Day and minute, for people. */
export function day(atMs: number): Html {
  return html`<time datetime="${new Date(atMs).toISOString()}">${DAY.format(atMs)}</time>`
}

/** A span of time as it reads best: `12 ms`, `3.4 s`, `2 min`, `5 h`, `8 days`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms < 120 * 60_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 48 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} days`
}
