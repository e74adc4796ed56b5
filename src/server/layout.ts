import type { FastifyReply } from 'fastify'
import { scriptPath } from './assets.ts'
import { html, type HtmlValue, Raw } from './html.ts'
import type { Settings } from './options.ts'
import type { ScriptName } from './scripts/all.ts'
import { pageHeaders } from './security-headers.ts'
import type { Voice } from './texts/voice.ts'

/** A page as its maker describes it; the frame around it, the headers and the status are put on here. */
export interface Page {
  /** Default: 200. */
  readonly status?: number
  readonly title: Raw
  readonly main: Raw
  /** Seconds after which the page looks again: by its script, or without JavaScript by loading itself. */
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

export function sendPage(reply: FastifyReply, settings: Settings, voice: Voice, page: Page): FastifyReply {
  const { form = false, formsTo = [], framesFrom = [], inOurFrame = false } = page
  const scripts = scriptsOf(page)
  const powers = {
    stylePath: settings.look.stylePath,
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
    .send(frame(settings, voice, page, scripts).text)
}

/** A page that looks again by itself has a script for that, which does it without taking anything from under a hand. */
function scriptsOf({ scripts = [], refreshSeconds }: Page): readonly ScriptName[] {
  const looks = refreshSeconds === undefined || scripts.includes('watch-payment')
  return looks ? scripts : [...scripts, 'look-again']
}

const DOCTYPE = new Raw('<!doctype html>')

const lock = html`<svg class="lock" viewBox="0 0 16 16" aria-hidden="true"><rect x="3" y="7" width="10" height="7" rx="1.5"></rect><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"></path></svg>`

function frame(settings: Settings, voice: Voice, page: Page, scripts: readonly ScriptName[]): Raw {
  const { base, brand, https, look, shopUrl } = settings
  return html`${DOCTYPE}
<html lang="${voice.language}"${voice.direction === 'rtl' && html` dir="rtl"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} - ${brand}</title>
<link rel="stylesheet" href="${base}${look.stylePath}">
${scripts.map((name) => html`<script src="${base}${scriptPath(name)}" defer></script>`)}
${refresh(page)}
</head>
<body>
<header class="top">${look.logo === undefined ? html`<span class="brand">${brand}</span>` : html`<span class="brand" role="img" aria-label="${brand}">${look.logo}</span>`}${https && html`<span class="secure">${lock} ${voice.text('frame.secure')}</span>`}</header>
<main class="panel"${page.refreshSeconds !== undefined && html` data-look-again-ms="${page.refreshSeconds * 1_000}"`}>
${page.main}
</main>
<footer class="foot">${shopUrl !== undefined && page.leadsToShop !== true && html`<a class="standing" href="${shopUrl}">${voice.text('frame.to-shop')}</a>`}</footer>
</body>
</html>
`
}

function refresh({ goTo, refreshSeconds, refreshTo }: Page): Raw | undefined {
  if (goTo !== undefined) return html`<meta http-equiv="refresh" content="0;url=${goTo}">`
  if (refreshSeconds === undefined) return undefined
  return html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}${refreshTo !== undefined && html`;url=${refreshTo}`}"></noscript>`
}

/** The sign at the head of a page that tells how something ended; it says nothing that the heading does not. */
export function sign(kind: 'good' | 'bad' | 'wait' | 'note'): Raw {
  const path = {
    good: 'M15 25l6.5 6.5L33.5 18',
    bad: 'M17.5 17.5l13 13M30.5 17.5l-13 13',
    wait: 'M24 4a20 20 0 0 1 20 20',
    note: 'M24 14v12M24 33v.5',
  }[kind]
  return html`<svg class="sign ${kind}" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="${kind === 'wait' ? 20 : 22}"></circle><path d="${path}"></path></svg>`
}

/** A row of the summary list; `sum` is the amount that the eye looks for. */
export type Fact = readonly [name: Raw, value: HtmlValue, look?: 'sum']

/** Rows of a name and a value each. */
export function facts(rows: readonly (Fact | undefined)[]): Raw {
  const present = rows.filter((row) => row !== undefined)
  return html`<dl class="facts">${present.map(([name, value, look]) => html`<div${look !== undefined && html` class="${look}"`}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}
