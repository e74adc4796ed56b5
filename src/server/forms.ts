import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Seal } from './seal.ts'
import type { Settings } from './options.ts'

/** Which form it is: of this browser session, for this order and module. */
export interface FormOf {
  readonly session: string
  readonly orderId: string
  readonly module: string
}

/** The hidden fields of a card form. */
export interface FormSeals {
  /** The idempotency key of the payment that this rendering can start: sent twice, it is one payment (F1). */
  readonly key: string
  /** The CSRF token: key, order, module, session and expiry, signed. */
  readonly token: string
}

/**
 * Issues and checks card forms without keeping any of them. A key carries a signature over the session that it was
 * made for, so that a payment tells by its key which browser started it: after a restart and on another node too.
 */
export interface Forms {
  issue(of: FormOf): FormSeals
  accepts(of: FormOf, seals: FormSeals): boolean
  /** True when this session's form was what started the payment with this key. */
  startedBy(session: string, orderId: string, key: string): boolean
}

export function formsWith(settings: Settings, seal: Seal): Forms {
  const { limits, nowMs } = settings
  return {
    issue: ({ session, orderId, module }) => {
      // Time comes first so that keys stand in order in the journal's index; what cannot be guessed follows.
      const name = [nowMs().toString(16).padStart(12, '0'), ...randomParts()].join('x')
      const key = `${name}.${seal.sign('payment key', session, orderId, name)}`
      const expiry = String(nowMs() + limits.formValidMs)
      return { key, token: `${expiry}.${seal.sign('form', session, orderId, module, key, expiry)}` }
    },
    accepts: ({ session, orderId, module }, { key, token }) => {
      const [expiry = '', signature = ''] = token.split('.', 2)
      return seal.holds(signature, 'form', session, orderId, module, key, expiry) && Number(expiry) > nowMs()
    },
    startedBy: (session, orderId, key) => {
      const [name = '', signature = ''] = key.split('.', 2)
      return seal.holds(signature, 'payment key', session, orderId, name)
    },
  }
}

/**
 * 128 random bits in parts of eight hexadecimal digits. In one row, one key of 230 would hold thirteen decimal digits
 * that pass for a card number, and the engine takes no such key.
 */
function randomParts(): readonly string[] {
  return randomBytes(16).toString('hex').match(/.{8}/g) ?? []
}

/**
 * True when the browser says that the request comes from one of our own pages. Every browser of today sends Origin
 * with a POST; one that withholds it can still say Sec-Fetch-Site. Nothing said is taken for "elsewhere".
 */
export function comesFromUs(headers: IncomingHttpHeaders, origin: string): boolean {
  if (headers.origin !== undefined) return headers.origin === origin
  return headers['sec-fetch-site'] === 'same-origin'
}
