import { html, type Raw } from '../html.ts'

/** How the payer came to see the payment. None of it changes what the payment is. */
export interface Visit {
  /** It ends a chain of redirects that a form began, ours or the provider's. */
  readonly afterForm?: boolean
  /** When the provider was asked because the payer came back, if it was. */
  readonly askedAtMs?: number | undefined
  /** A reason for the payer to read, of the shop's own step. */
  readonly notice?: string
  /** It is shown at another address than its own, and goes there when it looks again. */
  readonly elsewhere?: boolean
}

/** The shop's own reason, where a step of its has one for the payer. */
export function noticeOf({ notice }: Visit): Raw | undefined {
  return notice === undefined ? undefined : html`<div class="notice" role="status"><p>${notice}</p></div>`
}
