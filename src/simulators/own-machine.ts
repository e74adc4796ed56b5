import type { IncomingMessage } from 'node:http'

/**
 * Whether a request for a page or the control interface comes from this machine's own programs and pages. A page of
 * another site must not set faults through the browser of whoever runs this, nor read the ledger through a name that it
 * has made to point here: whoever gave the simulator another address than a loopback one has opened it to other names.
 */
export function isFromHere(request: IncomingMessage, listensAt: string): boolean {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers
  if (!isUnderOwnName(request, listensAt)) return false
  if (origin !== undefined && origin !== `http://${host}`) return false
  if (request.method === 'GET' || request.method === 'HEAD') return true
  return site === undefined || site === 'same-origin' || site === 'none'
}

/**
 * The same for the pages that a shop sends its payers to, by a link, a form or a frame: they come from its site, and only
 * the name has to be one of this machine.
 */
export function isUnderOwnName({ headers }: IncomingMessage, listensAt: string): boolean {
  return !isLoopback(listensAt) || isLoopback(nameOf(headers.host ?? ''))
}

/** The name of a Host header, without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || /^127(?:\.\d{1,3}){3}$/.test(name) || name === '::1' || name === '[::1]'
}
