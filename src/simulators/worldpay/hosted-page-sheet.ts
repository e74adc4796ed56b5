import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from '../request-body.ts'
import { escapeXml } from './xml.ts'

const FORM_BYTES_MAX = 65_536

/**
 * What the payer's pages may do. They stand in the merchant's frames and send the browser back to the merchant: browsers
 * hold a form's redirects to `form-action` too. A script is named by its hash.
 */
export function payerHeaders(script?: string): Readonly<Record<string, string>> {
  const hash = script === undefined ? undefined : createHash('sha256').update(script).digest('base64')
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    ...(hash === undefined ? [] : [`script-src 'sha256-${hash}'`]),
    "form-action 'self' http: https:",
    "base-uri 'none'",
    'frame-ancestors *',
  ]
  return {
    'content-type': 'text/html; charset=UTF-8',
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    // The address of a page lets its holder pay or cancel: it stays here.
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  }
}

/** A page for the payer; everything in `content` is escaped already, and `script` is a constant of ours. */
export function payerPage(title: string, content: string, script?: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escapeXml(title)}</title><link rel="stylesheet" href="/worldpay/style.css"></head>
<body class="payer"><main>${content}<footer>A simulated Worldpay: no card is charged and no money moves.</footer></main>${script === undefined ? '' : `<script>${script}</script>`}</body></html>
`
}

export function sendPayerPage(response: ServerResponse, status: number, page: string, script?: string): void {
  response.writeHead(status, { ...payerHeaders(script), 'content-length': Buffer.byteLength(page) })
  response.end(page)
}

/** A page with one thing to say, and perhaps a way out. */
export function noticePage(title: string, text: string, link?: { href: string; words: string }): string {
  const wayOut =
    link === undefined ? '' : `<p><a href="${escapeXml(link.href)}">${escapeXml(link.words)}</a></p>`
  return payerPage(title, `<section><h1>${escapeXml(title)}</h1><p>${escapeXml(text)}</p>${wayOut}</section>`)
}

/** The form that was posted; undefined when it was too long or never came to its end. */
export async function postedForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const body = await readBody(request, FORM_BYTES_MAX)
  return body === undefined ? undefined : new URLSearchParams(body)
}
