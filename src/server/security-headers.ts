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

/** Where browsers report what a page's policy has stopped; see reports.ts. */
export const REPORTS_PATH = '/csp-reports'
/** The name by which policies speak of it. */
const REPORTS = 'counterfoil'

/** On every answer, whatever it is: redirects, events, files and errors too. */
export function commonHeaders(settings: Settings): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    // What is no page of ours has no script, no frame and no form, even if a browser took it for one.
    'content-security-policy':
      "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'referrer-policy': 'no-referrer',
    ...(settings.https && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

/** On every page (PCI DSS 6.4.3: no script but our own files, nothing from elsewhere, never inside a strange frame). */
export function pageHeaders(settings: Settings, powers: PagePowers): Record<string, string> {
  const { form, inOurFrame } = powers
  const own = settings.origin + settings.base
  return {
    ...commonHeaders(settings),
    'content-security-policy': [...policyFor(own, powers), ...reporting(settings)].join('; '),
    ...(settings.https && { 'reporting-endpoints': `${REPORTS}="${own}${REPORTS_PATH}"` }),
    // Links carry tokens and stay here. A page with a form must name its origin to us: under `no-referrer` the
    // browser would send `Origin: null` with the POST.
    'referrer-policy': form ? 'same-origin' : 'no-referrer',
    'cache-control': 'no-store',
    'x-frame-options': inOurFrame ? 'SAMEORIGIN' : 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': PERMISSIONS,
    'x-robots-tag': 'noindex, nofollow',
  }
}

/** Nothing of it is used by a page of ours, nor by the bank's page in its frame, which is given none of it. */
const PERMISSIONS = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
]
  .map((feature) => `${feature}=()`)
  .join(', ')

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

/**
 * The newer way to report and the older one, for browsers that know only that. Who knows the newer one leaves the older
 * one alone, and reports nothing to an address without TLS: on one's own machine there is only the older one.
 */
function reporting({ https, origin, base }: Settings): readonly string[] {
  return [`report-uri ${origin}${base}${REPORTS_PATH}`, ...(https ? [`report-to ${REPORTS}`] : [])]
}
