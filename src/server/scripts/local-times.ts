/** Says times as the payer's own clock does; the page itself says them in UTC. */
export const localTimes = `'use strict'
{
  const format = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
  for (const time of document.querySelectorAll('time[datetime]')) {
    time.textContent = format.format(new Date(time.dateTime))
  }
}
`
