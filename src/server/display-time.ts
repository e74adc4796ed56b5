import { html, type Raw } from './html.ts'

/**
 * A point in time for a payer: day and minute in UTC, which the script `local-times` turns into the payer's own.
 *
 * @example
 * displayTime(Date.UTC(2027, 0, 31, 14, 5)) // <time datetime="2027-01-31T14:05:00.000Z">31 Jan, 14:05 UTC</time>
 */
export function displayTime(atMs: number, language = 'en'): Raw {
  // English without a region would be that of the United States, whose clock has twelve hours.
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
  })
  return html`<time datetime="${new Date(atMs).toISOString()}">${format.format(atMs)} UTC</time>`
}
