import type { RedirectStep } from '../step.ts'

/** Sends the payer's browser to the PSP's page: by a link, by a form of hidden fields, or in a frame, as the gateway says. */
export const redirectPayer: RedirectStep<'redirect-payer'> = Object.freeze({
  name: 'redirect-payer',
  kind: 'redirect',
  formerly: [],
  needs: [],
  gives: [],
  calls: [],
})
