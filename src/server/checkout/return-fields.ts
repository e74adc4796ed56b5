const FIELDS_MAX = 30
const NAME_CHARACTERS_MAX = 100
const VALUE_CHARACTERS_MAX = 4_096

/**
 * What the provider has put into the address or the form that the payer comes back with: bounded in number and size,
 * what is longer is left out, and of two fields of one name the first counts. None of it is believed.
 */
export function returnFields(
  url: string,
  body: URLSearchParams | undefined,
): Readonly<Record<string, string>> {
  const question = url.indexOf('?')
  const query = new URLSearchParams(question === -1 ? '' : url.slice(question + 1))
  const fields = new Map<string, string>()
  for (const [name, value] of [...query, ...(body ?? [])]) {
    if (fields.size === FIELDS_MAX) break
    if (fields.has(name) || name.length > NAME_CHARACTERS_MAX || value.length > VALUE_CHARACTERS_MAX) continue
    fields.set(name, value)
  }
  return Object.fromEntries(fields)
}
