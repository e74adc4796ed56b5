/**
 * The only script there is: it waits for the payment's end and loads the page again. The page works without it, by
 * its meta refresh. It reads nothing but where its stream is and how long to wait before it says "still checking".
 */
export const script = `'use strict'
{
  const waiting = document.querySelector('[data-events]')
  if (waiting) {
    const showStill = () => waiting.classList.add('still')
    const again = () => location.reload()
    setTimeout(showStill, Number(waiting.dataset.stillAfterMs))
    const stream = new EventSource(waiting.dataset.events)
    stream.addEventListener('payment', (event) => {
      const state = JSON.parse(event.data)
      if (state.status === 'in-progress') showStill()
      if (!state.finished) return
      stream.close()
      again()
    })
    // The browser tries again by itself unless it was told not to (204, 503): then the page looks for itself.
    stream.addEventListener('error', () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(again, 4000)
    })
    addEventListener('pagehide', () => stream.close())
    addEventListener('pageshow', (event) => event.persisted && again())
  }
}
`
