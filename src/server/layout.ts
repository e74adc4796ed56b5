import type { FastifyReply } from 'fastify'
import { scriptPath, stylePath } from './assets.ts'
import { html, Raw } from './html.ts'
import type { Settings } from './options.ts'
import type { ScriptName } from './scripts/all.ts'
import { pageHeaders } from './security-headers.ts'

/** A page as its maker describes it; the frame around it, the headers and the status are put on here. */
export interface Page {
  /** Default: 200. */
  readonly status?: number
  readonly title: string
  readonly main: Raw
  /** Seconds after which the page loads itself again; where a script watches the payment only without JavaScript. */
  readonly refreshSeconds?: number
  /** What is loaded then, where that is not the page itself. */
  readonly refreshTo?: string
  /** Loads this address at once instead of the page itself. */
  readonly goTo?: string
  readonly scripts?: readonly ScriptName[]
  /** The page has a form that is sent to us. */
  readonly form?: boolean
  /** Origins of the provider that a form of the page is sent to. */
  readonly formsTo?: readonly string[]
  /** What the page shows in a frame. */
  readonly framesFrom?: readonly string[]
  /** The page is shown in a frame of ours, to lead out of it. */
  readonly inOurFrame?: boolean
  readonly retryAfterSeconds?: number
  /** The page itself leads back to the shop; the footer need not. */
  readonly leadsToShop?: boolean
}

export function sendPage(reply: FastifyReply, settings: Settings, page: Page): FastifyReply {
  const { scripts = [], form = false, formsTo = [], framesFrom = [], inOurFrame = false } = page
  const powers = {
    stylePath,
    scriptPaths: scripts.map(scriptPath),
    watches: scripts.includes('watch-payment'),
    form,
    formsTo,
    framesFrom,
    inOurFrame,
  }
  if (page.retryAfterSeconds !== undefined) reply.header('retry-after', String(page.retryAfterSeconds))
  return reply
    .code(page.status ?? 200)
    .headers(pageHeaders(settings, powers))
    .type('text/html; charset=utf-8')
    .send(frame(settings, page).text)
}

const DOCTYPE = new Raw('<!doctype html>')

const lock = html`<svg class="lock" viewBox="0 0 16 16" aria-hidden="true"><rect x="3" y="7" width="10" height="7" rx="1.5"></rect><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"></path></svg>`

function frame(settings: Settings, page: Page): Raw {
  const { base, brand, https, shopUrl } = settings
  const { scripts = [] } = page
  return html`${DOCTYPE}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} - ${brand}</title>
<link rel="stylesheet" href="${base}${stylePath}">
${scripts.map((name) => html`<script src="${base}${scriptPath(name)}" defer></script>`)}
${refresh(page)}
</head>
<body>
<header class="top"><span class="brand">${brand}</span><span class="secure">${https && html`${lock} Secure payment`}</span></header>
<main class="card">
${page.main}
</main>
<footer class="foot">${shopUrl !== undefined && page.leadsToShop !== true && html`<a href="${shopUrl}">Back to the shop</a>`}</footer>
</body>
</html>
`
}

function refresh({ goTo, refreshSeconds, refreshTo, scripts = [] }: Page): Raw | undefined {
  if (goTo !== undefined) return html`<meta http-equiv="refresh" content="0;url=${goTo}">`
  if (refreshSeconds === undefined) return undefined
  const meta = html`<meta http-equiv="refresh" content="${refreshSeconds}${refreshTo !== undefined && html`;url=${refreshTo}`}">`
  return scripts.includes('watch-payment') ? html`<noscript>${meta}</noscript>` : meta
}

/** The sign at the head of a page that tells how something ended; it says nothing that the heading does not. */
export function sign(kind: 'good' | 'bad' | 'wait' | 'note'): Raw {
  const path = {
    good: 'M14 25l7 7 13-15',
    bad: 'M17 17l14 14M31 17L17 31',
    wait: 'M24 6a18 18 0 0 1 18 18',
    note: 'M24 14v13M24 33v1',
  }[kind]
  return html`<svg class="sign ${kind}" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="18"></circle><path d="${path}"></path></svg>`
}

/** Rows of a name and a value each. */
export function facts(rows: readonly (readonly [string, string] | undefined)[]): Raw {
  const present = rows.filter((row) => row !== undefined)
  return html`<dl class="facts">${present.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}
