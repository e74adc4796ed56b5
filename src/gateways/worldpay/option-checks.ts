import { failure } from '../../errors.ts'
import { Secret } from '../../gateway/secret.ts'

/** A wrong option, by its name, with what is allowed. */
export function wrong(option: string, text: string): Error {
  return failure('CF_CONFIG', `worldpay: ${option} ${text}`, { option })
}

/** A group of options as it came: programs without types may hand over anything. */
export function checkedGroup(option: string, value: object): void {
  if (typeof value !== 'object' || value === null) throw wrong(option, 'must be an object')
}

/** @throws CF_CONFIG unless the text fits. */
export function checkedText(option: string, value: unknown, pattern: RegExp, allowed: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw wrong(option, `must be ${allowed}`)
}

/** @throws CF_CONFIG unless it is sealed, and printable ASCII: what else a provider makes of it, nobody knows. */
export function checkedSecret(option: string, value: unknown, variable: string): Secret {
  if (!(value instanceof Secret)) throw wrong(option, `must be sealed: secret(process.env.${variable})`)
  if (/^[\x20-\x7e]{1,256}$/.test(value.reveal())) return value
  throw wrong(option, 'must be 1 to 256 printable ASCII characters')
}

/** @throws CF_CONFIG unless it is https, or http on a loopback host, without credentials and fragment. */
export function checkedAddress(option: string, text: string): URL {
  const parsed = URL.parse(text)
  if (parsed === null) throw wrong(option, 'must be an absolute address, such as https://host/path')
  if (!isTrustworthy(parsed)) {
    throw wrong(option, 'must begin with https://, or http:// on a loopback host such as 127.0.0.1')
  }
  if (parsed.username !== '' || parsed.password !== '' || parsed.hash !== '') {
    throw wrong(option, 'must hold no credentials and no fragment')
  }
  return parsed
}

/** What nobody on the way can read or change: https, or a machine's talk to itself. */
export function isTrustworthy(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

export function isLoopback(url: URL): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname)
}
