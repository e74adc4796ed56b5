/** Says times as the payer's own clock does, in the language of the page; the page itself says them in UTC. */
export const localTimes = `'use strict'
{
  const { lang } = document.documentElement
  // A payer in Canada reads English dates as in Canada.
  const own = navigator.languages.find((tag) => tag === lang || tag.startsWith(lang + '-'))
  const format = new Intl.DateTimeFormat(own || (lang === 'en' ? 'en-GB' : lang), { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
  for (const time of document.querySelectorAll('time[datetime]')) {
    time.textContent = format.format(new Date(time.dateTime))
  }
}
`
