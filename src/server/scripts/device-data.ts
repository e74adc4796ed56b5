/**
 * Has the payer's device looked at for 3-D Secure while the card is typed: the first six digits go to the provider in
 * a hidden frame, and the name of its session comes back as a message. A payment is never held up by it for long, and
 * goes on without it.
 */
export const deviceData = `'use strict'
{
  const probe = document.querySelector('form[data-message-origin]')
  const card = document.querySelector('form[data-card]')
  if (probe && card) {
    const { messageOrigin, sessionMember, waitMs } = probe.dataset
    const prefix = probe.querySelector('[data-card-prefix]')
    const number = card.querySelector('#number')
    const session = card.querySelector('[data-device-session]')
    const button = card.querySelector('button')
    card.querySelector('[data-java-script]').value = '1'
    let asked = ''
    let patience
    let isSent = false

    const ask = () => {
      const digits = number.value.replace(/[^0-9]/g, '').slice(0, 6)
      if (digits.length < 6 || digits === asked) return
      asked = digits
      session.value = ''
      prefix.value = digits
      HTMLFormElement.prototype.submit.call(probe)
    }
    const send = () => {
      if (isSent) return
      isSent = true
      clearTimeout(patience)
      HTMLFormElement.prototype.submit.call(card)
    }
    // What other pages say on the way is nothing to us, and need not be JSON.
    const sessionIn = (text) => {
      try {
        const id = JSON.parse(text)[sessionMember]
        return typeof id === 'string' && /^[A-Za-z0-9_.:-]{1,100}$/.test(id) ? id : ''
      } catch {
        return ''
      }
    }
    addEventListener('message', ({ origin, data }) => {
      if (origin !== messageOrigin || typeof data !== 'string') return
      const id = sessionIn(data)
      if (!id) return
      session.value = id
      if (patience !== undefined) send()
    })
    number.addEventListener('change', ask)
    // Where a script has grouped the digits, some browsers see no change.
    number.addEventListener('blur', ask)
    card.addEventListener('submit', (event) => {
      ask()
      if (asked === '' || session.value !== '') return
      event.preventDefault()
      if (patience !== undefined) return
      button.setAttribute('aria-busy', 'true')
      patience = setTimeout(send, Number(waitMs))
    })
    addEventListener('pageshow', (event) => {
      if (!event.persisted) return
      clearTimeout(patience)
      patience = undefined
      isSent = false
      button.removeAttribute('aria-busy')
    })
  }
}
`
