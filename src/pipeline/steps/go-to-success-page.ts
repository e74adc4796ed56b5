import Type from 'typebox'
import { ok, steps } from '../build-steps.ts'
import { value } from '../step.ts'

/** Where the payer's page goes once the payment is paid: 'success', or a URL of the shop's own. */
export const page = value('page', Type.String())

/** Sends the payer to the success page. Replace it to send them to a page of the shop's own. */
export const goToSuccessPage = steps().local('go-to-success-page', {
  gives: [page],
  run: () => ok({ page: 'success' }),
})
