/**
 * Sends the form that leads to the provider's page at once. Where its target is a frame, its button has then done its
 * work. The provider names the fields, so none of them may stand in for a method of the form.
 */
export const sendForm = `'use strict'
{
  const form = document.querySelector('[data-send-at-once]')
  if (form) {
    HTMLFormElement.prototype.submit.call(form)
    if (form.hasAttribute('data-in-frame')) form.querySelector('button').hidden = true
  }
}
`
