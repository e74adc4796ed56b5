import type { FastifyRequest } from 'fastify'
import { ShopError } from '../shop-error.ts'
import { tokenOf } from '../visitor.ts'
import { type Html, html } from './html.ts'

/** A field of a form as text without blanks around it; a field that came twice, or not at all, is empty. */
export function fieldOf(body: unknown, name: string): string {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return ''
  const value = (body as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value.trim() : ''
}

/**
 * A whole number out of a form.
 *
 * @throws ShopError 422 when it is none, or outside of the bounds.
 */
export function wholeOf(
  body: unknown,
  name: string,
  bounds: { readonly min: number; readonly max: number },
): number {
  const text = fieldOf(body, name)
  const value = Number(text)
  if (!/^\d{1,6}$/.test(text) || value < bounds.min || value > bounds.max) {
    throw new ShopError(
      422,
      'That number will not do',
      `Give a whole number from ${bounds.min} to ${bounds.max} for the ${name}.`,
    )
  }
  return value
}

/** Where mail can go: one @, no blanks, no control characters, at most 254 characters. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>"(),:;\\[\]\p{Cc}]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/iu.test(text)
}

/** The hidden field that proves that a form came from a page of this browser. */
export function tokenField(secret: string, { visitor }: Pick<FastifyRequest, 'visitor'>): Html {
  return html`<input type="hidden" name="token" value="${tokenOf(secret, visitor)}">`
}
