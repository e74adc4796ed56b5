import { hint, ok, refuse, steps } from '../build-steps.ts'

/** Turns away who does not show the credentials that were agreed on; where there are none it is a hint. */
export const verifyNotification = steps().check('verify-notification', {
  check: ({ notice }) => {
    if (notice.isAuthentic) return ok()
    return notice.needsCredentials
      ? refuse('the caller did not show the credentials that were agreed on')
      : hint('the caller shows no credentials')
  },
})
