/**
 * Loads the page again after a while, to see whether there is something else to show. Not while nobody looks, and not
 * while somebody is about to use something on it. Without JavaScript a meta refresh does that, and does not ask.
 */
export const lookAgain = `'use strict'
{
  const main = document.querySelector('[data-look-again-ms]')
  if (main) {
    const look = () => {
      const isBusy = document.hidden || main.contains(document.activeElement)
      if (isBusy) setTimeout(look, 1000)
      else location.reload()
    }
    setTimeout(look, Number(main.dataset.lookAgainMs))
  }
}
`
