/**
 * Asks again and again what has become of the page that is open, and puts the new content in its place: what a person
 * has opened or scrolled stays so. While nobody looks it does not ask, and while the shop does not answer it says so
 * and asks less often. Without scripts the page reloads itself instead.
 */
export const liveScript = `'use strict'
{
  const FIRST_MS = 1000, SLOWEST_MS = 8000
  const main = document.querySelector('main[data-live]')
  let pauseMs = FIRST_MS
  const say = (words) => {
    let line = document.getElementById('live-word')
    if (words === '') return line?.remove()
    if (!line) {
      line = document.createElement('p')
      line.id = 'live-word'
      line.className = 'live-word'
      line.setAttribute('role', 'status')
      document.body.append(line)
    }
    if (line.textContent !== words) line.textContent = words
  }
  const put = (text) => {
    const page = new DOMParser().parseFromString(text, 'text/html')
    const fresh = page.querySelector('main[data-live]')
    if (!fresh) return
    document.getElementById('broken').replaceWith(page.getElementById('broken'))
    const ids = (selector, root) => [...root.querySelectorAll(selector)].filter((each) => each.id)
    const open = new Map(ids('details', main).map((each) => [each.id, each.open]))
    const left = new Map(ids('.scrolls', main).map((each) => [each.id, each.scrollLeft]))
    const focused = main.contains(document.activeElement) ? document.activeElement.id : ''
    main.replaceChildren(...fresh.childNodes)
    main.dataset.seen = fresh.dataset.seen
    for (const each of ids('details', main)) each.open = open.get(each.id) ?? each.open
    for (const each of ids('.scrolls', main)) each.scrollLeft = left.get(each.id) ?? 0
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
  }
  const look = async () => {
    if (document.visibilityState === 'hidden') return
    const { live, seen } = main.dataset
    try {
      const answer = await fetch(live + '?seen=' + encodeURIComponent(seen), { signal: AbortSignal.timeout(5000) })
      const text = await answer.text()
      if (answer.status === 200) put(text)
      pauseMs = answer.ok ? FIRST_MS : Math.min(pauseMs * 1.5, SLOWEST_MS)
      say(answer.ok ? '' : 'The shop answers ' + answer.status + ' just now. This page looks again by itself.')
    } catch {
      pauseMs = Math.min(pauseMs * 1.5, SLOWEST_MS)
      say('The shop does not answer: its process is gone, or on its way back. This page looks again by itself.')
    }
  }
  const again = () => setTimeout(() => void look().then(again), pauseMs)
  if (main) {
    again()
    document.addEventListener('visibilitychange', () => void look())
  }
}
`
