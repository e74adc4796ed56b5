import { html, type Raw } from './html.ts'

/** The fields of a form that the provider has named, hidden. */
export function hiddenFields(fields: Readonly<Record<string, string>>): Raw {
  return html`${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`
}

/**
 * The origin of an address of the provider, as a page's policy allows it. The address comes out of a gateway, and in
 * part out of what the provider answered: only the web's are gone to.
 */
export function webOrigin(address: string): string {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Error('a page of the provider has no web address')
  return url.origin
}
