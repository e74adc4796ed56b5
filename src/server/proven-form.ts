import type { FastifyRequest } from 'fastify'
import { failure } from '../errors.ts'
import { comesFromUs, type FormOf, type FormSeals } from './forms.ts'
import { html, type Raw } from './html.ts'
import type { Site } from './site.ts'

/**
 * The form must come from our page, in the browser that it was made for, unchanged and in time.
 *
 * @throws CF_FORM_EXPIRED
 */
export function provenForm(
  { settings, sessions, forms }: Site,
  request: FastifyRequest,
  body: URLSearchParams,
  of: Omit<FormOf, 'session'>,
): { readonly session: string; readonly key: string } {
  if (!comesFromUs(request.headers, settings.origin)) {
    throw failure('CF_FORM_EXPIRED', 'a form was sent from another origin')
  }
  const session = sessions.read(request)
  if (session === undefined) throw failure('CF_FORM_EXPIRED', 'a form came without its session cookie')
  const key = body.get('key') ?? ''
  const token = body.get('token') ?? ''
  if (!forms.accepts({ ...of, session }, { key, token })) {
    throw failure('CF_FORM_EXPIRED', 'a form came too late, or was changed')
  }
  return { session, key }
}

/** The hidden fields by which a form proves itself. */
export function sealFields({ key, token }: FormSeals): Raw {
  return html`<input type="hidden" name="key" value="${key}">
<input type="hidden" name="token" value="${token}">`
}
