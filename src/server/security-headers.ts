import type { Settings } from './options.ts'

/** What a page is allowed to do beyond showing text and its stylesheet. */
export interface PagePowers {
  readonly stylePath: string
  /** The one script of the page, and with it the stream that it reads. */
  readonly scriptPath?: string
  /** The page has a form that is sent to us. */
  readonly form?: boolean
}

/** On every answer, whatever it is. */
export function commonHeaders(settings: Settings): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    ...(settings.https && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

/** On every page (PCI DSS 6.4.3: no script but our own file, nothing from elsewhere, never inside a frame). */
export function pageHeaders(settings: Settings, powers: PagePowers): Record<string, string> {
  const own = settings.origin + settings.base
  const policy = [
    "default-src 'none'",
    `style-src ${own}${powers.stylePath}`,
    ...(powers.scriptPath === undefined
      ? []
      : [`script-src ${own}${powers.scriptPath}`, `connect-src ${own}/payments/`]),
    `form-action ${powers.form === true ? "'self'" : "'none'"}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  return {
    ...commonHeaders(settings),
    'content-security-policy': policy.join('; '),
    // Links carry tokens and stay here. A page with a form must name its origin to us: under `no-referrer` the
    // browser would send `Origin: null` with the POST.
    'referrer-policy': powers.form === true ? 'same-origin' : 'no-referrer',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'x-robots-tag': 'noindex, nofollow',
  }
}
