/**
 * Watches the payment and loads the page again when there is something else to show: its end, or that the payer has
 * something to do at the provider, or no more. Pages work without it, by their meta refresh and their links.
 */
export const watchPayment = `'use strict'
{
  const waiting = document.querySelector('[data-events]')
  if (waiting) {
    const { events, stillAfterMs, task = '', page, go } = waiting.dataset
    const showStill = () => waiting.classList.add('still')
    const again = () => (page ? location.replace(page) : location.reload())
    if (stillAfterMs) setTimeout(showStill, Number(stillAfterMs))
    const stream = new EventSource(events)
    stream.addEventListener('payment', (event) => {
      const state = JSON.parse(event.data)
      const now = state.task || ''
      if (!state.finished && now === task) {
        if (state.status === 'in-progress' && !task) showStill()
        return
      }
      stream.close()
      if (now && go) location.replace(go)
      else again()
    })
    // The browser tries again by itself unless it was told not to (204, 503): then the page looks for itself.
    stream.addEventListener('error', () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(again, 4000)
    })
    addEventListener('pagehide', () => stream.close())
    // A form that leaves this page is on its way to something newer than what we would load.
    addEventListener('submit', (event) => event.target.target || stream.close())
    addEventListener('pageshow', (event) => event.persisted && again())
  }
}
`
