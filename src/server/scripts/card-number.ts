/**
 * Groups the digits of the card number while it is typed or pasted, as they stand on the card: by four, and 4-6-5 on
 * American Express. The caret stays behind the digit that it was behind. The server takes the number with spaces and
 * without, so nothing depends on this.
 */
export const cardNumber = `'use strict'
{
  const field = document.querySelector('#number')
  const form = document.querySelector('form[data-card]')
  const DIGITS_MAX = 19
  const SPACES = /[^0-9]/g
  const GROUPS = /.{1,4}/g

  const grouped = (digits) => {
    if (!/^3[47]/.test(digits)) return (digits.match(GROUPS) || []).join(' ')
    const rest = digits.slice(15)
    return [digits.slice(0, 4), digits.slice(4, 10), digits.slice(10, 15), rest].filter(Boolean).join(' ')
  }
  const behind = (text, digits) => {
    let at = 0
    for (let left = digits; left > 0 && at < text.length; at++) if (text[at] !== ' ') left--
    return at
  }
  const group = () => {
    const typed = field.value
    // Letters are a mistake that the payer should see, and not one to be swept away.
    if (/[^0-9 -]/.test(typed.trim().replace(/\\s/g, ' '))) return
    const caret = typed.slice(0, field.selectionStart).replace(SPACES, '').length
    const text = grouped(typed.replace(SPACES, '').slice(0, DIGITS_MAX))
    if (text === typed) return
    field.value = text
    const at = behind(text, caret)
    field.setSelectionRange(at, at)
  }
  if (field) {
    field.addEventListener('input', (event) => event.isComposing || group())
    // Deleting a space deletes the digit before it: the space would only come back.
    field.addEventListener('beforeinput', (event) => {
      const at = field.selectionStart
      if (event.inputType === 'deleteContentBackward' && at === field.selectionEnd && field.value[at - 1] === ' ')
        field.setSelectionRange(at - 1, at - 1)
    })
    if (field.value) group()
  }
  if (form) {
    const button = form.querySelector('button')
    form.addEventListener('submit', () => button.setAttribute('aria-busy', 'true'))
    addEventListener('pageshow', (event) => event.persisted && button.removeAttribute('aria-busy'))
  }
}
`
