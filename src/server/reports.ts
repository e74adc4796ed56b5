import type { FastifyInstance } from 'fastify'
import { maskCardNumbers } from '../gateway/card.ts'
import { fewLines } from './few-lines.ts'
import type { Settings } from './options.ts'
import { commonHeaders, REPORTS_PATH } from './security-headers.ts'

/** What browsers send: one report in the older form, a list in the newer one. */
const CONTENT_TYPES = ['application/csp-report', 'application/reports+json']

/** Browsers gather what a page does; more than so many of one body are only counted. */
const REPORTS_PER_BODY_MAX = 10
const HOST_CHARACTERS_MAX = 80

/** Words of our own addresses. Whatever else stands in one may be a link's token, or a name. */
const PATH_WORDS = new Set([
  'orders',
  'payments',
  'pay',
  'go',
  'return',
  'challenge',
  'another-way',
  'assets',
])
const PATH_PARTS_MAX = 8

/** What a policy may speak of (Content Security Policy Level 3). */
const DIRECTIVE =
  /^(?:(?:base-uri|child-src|connect-src|default-src|font-src|form-action|frame-ancestors|frame-src|img-src|manifest-src|media-src|object-src|report-to|report-uri|require-trusted-types-for|sandbox|script-src|style-src|trusted-types|upgrade-insecure-requests|worker-src)|(?:script|style)-src-(?:attr|elem))$/
/** What browsers say where no address was blocked. */
const BLOCKED_WORDS = new Set([
  'inline',
  'eval',
  'wasm-eval',
  'self',
  'trusted-types-policy',
  'trusted-types-sink',
])

interface Violation {
  readonly directive: unknown
  readonly blocked: unknown
  readonly page: unknown
}

/**
 * POST /csp-reports: a browser tells that a page wanted something which its policy forbids: somebody has put a script
 * into it, or an extension of the browser has (PCI DSS 11.6.1). Anyone can call it, so that it is bounded in every way,
 * and of what it says only what cannot carry anything is logged: never an address of ours as it stands, which holds a
 * token, and never a sample of what was blocked.
 */
export function registerReports(inner: FastifyInstance, settings: Settings): void {
  const { reportBytesMax: bodyLimit, reportLinesPerMinuteMax } = settings.limits
  const lines = fewLines(settings, 'a page was kept to its policy', reportLinesPerMinuteMax)
  inner.addHook('onClose', async () => lines.end())
  inner.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(CONTENT_TYPES, { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    )
    // Nobody reads the answer.
    scope.setErrorHandler((error: { readonly statusCode?: number }, _request, reply) =>
      reply
        .code(error.statusCode ?? 500)
        .headers(quiet(settings))
        .send(),
    )
    scope.post<{ Body: string | undefined }>(REPORTS_PATH, { bodyLimit }, async (request, reply) => {
      // Who floods us is not even read.
      if (lines.hasRoom()) {
        for (const message of messagesIn(settings, request.body ?? ''))
          lines.write({ level: 'warn', message })
      }
      return reply.code(204).headers(quiet(settings)).send()
    })
  })
}

const quiet = (settings: Settings): Record<string, string> => ({
  ...commonHeaders(settings),
  'cache-control': 'no-store',
})

/** A line for each violation of a policy in a body. What is no report of one says nothing. */
function messagesIn(settings: Settings, body: string): readonly string[] {
  return violationsIn(body).map(
    ({ directive, blocked, page }) =>
      `${directiveOf(directive)} stopped ${blockedOf(blocked, settings)} on ${pathOf(page, settings)}`,
  )
}

function violationsIn(body: string): readonly Violation[] {
  const parsed = jsonIn(body)
  if (Array.isArray(parsed)) {
    return parsed.slice(0, REPORTS_PER_BODY_MAX).flatMap((report: unknown) => {
      const { type, body: of } = fieldsOf(report)
      const { effectiveDirective, blockedURL, documentURL } = fieldsOf(of)
      if (type !== 'csp-violation') return []
      return [{ directive: effectiveDirective, blocked: blockedURL, page: documentURL }]
    })
  }
  const report = fieldsOf(parsed)['csp-report']
  if (report === undefined) return []
  const fields = fieldsOf(report)
  const directive = fields['effective-directive'] ?? fields['violated-directive']
  return [{ directive, blocked: fields['blocked-uri'], page: fields['document-uri'] }]
}

/** Undefined for what is no JSON: there is nobody to tell. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Older browsers quote the whole directive. */
function directiveOf(text: unknown): string {
  const [name = ''] = typeof text === 'string' ? text.split(' ', 1) : []
  return DIRECTIVE.test(name) ? name : 'an unknown directive'
}

/** The origin of what was blocked, or the browser's word for it. */
function blockedOf(text: unknown, { origin }: Settings): string {
  if (typeof text !== 'string' || text === '') return 'something'
  if (BLOCKED_WORDS.has(text)) return text
  const url = URL.parse(text)
  if (url === null) return 'something'
  if (!/^(?:https?|wss?):$/.test(url.protocol)) return SCHEMES.has(url.protocol) ? url.protocol : 'something'
  if (url.origin === origin) return 'self'
  return maskCardNumbers(`${url.protocol}//${url.host.slice(0, HOST_CHARACTERS_MAX)}`)
}

/** Browsers cut the rest of such an address off themselves. */
const SCHEMES = new Set([
  'data:',
  'blob:',
  'filesystem:',
  'about:',
  'chrome-extension:',
  'moz-extension:',
  'safari-web-extension:',
])

/** Which page it was, with a star for everything that is not a word of ours. */
function pathOf(text: unknown, { origin, base }: Settings): string {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || url.origin !== origin || !url.pathname.startsWith(`${base}/`)) return 'a page elsewhere'
  const parts = url.pathname.slice(base.length + 1).split('/', PATH_PARTS_MAX)
  return `/${parts.map((part) => (PATH_WORDS.has(part) ? part : '*')).join('/')}`
}
