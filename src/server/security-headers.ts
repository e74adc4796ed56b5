import type { Settings } from './options.ts'

/** What a page is allowed to do beyond showing text and its stylesheet. */
export interface PagePowers {
  readonly stylePath: string
  readonly scriptPaths: readonly string[]
  /** Its script reads the payment's stream. */
  readonly watches: boolean
  /** It has a form that is sent to us. */
  readonly form: boolean
  /** Origins of the provider that a form of it is sent to. */
  readonly formsTo: readonly string[]
  /** What it shows in a frame: origins of the provider, and the addresses by which the payer comes back in it. */
  readonly framesFrom: readonly string[]
  /** It is the one page that may stand in a frame: in one of ours, to lead out of it. */
  readonly inOurFrame: boolean
}

/** On every answer, whatever it is. */
export function commonHeaders(settings: Settings): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    ...(settings.https && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

/** On every page (PCI DSS 6.4.3: no script but our own files, nothing from elsewhere, never inside a strange frame). */
export function pageHeaders(settings: Settings, powers: PagePowers): Record<string, string> {
  const { form, inOurFrame } = powers
  return {
    ...commonHeaders(settings),
    'content-security-policy': policyFor(settings.origin + settings.base, powers).join('; '),
    // Links carry tokens and stay here. A page with a form must name its origin to us: under `no-referrer` the
    // browser would send `Origin: null` with the POST.
    'referrer-policy': form ? 'same-origin' : 'no-referrer',
    'cache-control': 'no-store',
    'x-frame-options': inOurFrame ? 'SAMEORIGIN' : 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'x-robots-tag': 'noindex, nofollow',
  }
}

function policyFor(own: string, powers: PagePowers): readonly string[] {
  const { stylePath, scriptPaths, watches, form, formsTo, framesFrom, inOurFrame } = powers
  const formAction = [...(form ? ["'self'"] : []), ...formsTo]
  return [
    "default-src 'none'",
    `style-src ${own}${stylePath}`,
    ...(scriptPaths.length === 0 ? [] : [`script-src ${scriptPaths.map((path) => own + path).join(' ')}`]),
    ...(watches ? [`connect-src ${own}/payments/`] : []),
    ...(framesFrom.length === 0 ? [] : [`frame-src ${framesFrom.join(' ')}`]),
    `form-action ${formAction.length === 0 ? "'none'" : formAction.join(' ')}`,
    `frame-ancestors ${inOurFrame ? "'self'" : "'none'"}`,
    "base-uri 'none'",
  ]
}
