import { type Content, Html, html } from './html.ts'

export interface Page {
  readonly title: string
  readonly content: Content
  /** Things in the basket, for the number beside its link; undefined when nobody can say. */
  readonly basketCount: number | undefined
  /** What is broken on purpose; undefined where nothing can be. */
  readonly broken: readonly string[] | undefined
  /** Reload after so many seconds, for pages that show something under way. */
  readonly reloadAfterS?: number | undefined
  /** For a page that changes while it is open: a script of a few lines asks there what has become of it. */
  readonly live?: Live | undefined
}

export interface Live {
  /** Answers 204 while the page is as `seen`, and the new content otherwise. */
  readonly url: string
  readonly seen: string
  /** For a browser without scripts; undefined when it need not look again. */
  readonly reloadAfterS: number | undefined
}

/** The frame of every page. It works without JavaScript; only a page that is `live` has any. */
export function layout({ title, content, basketCount, broken, reloadAfterS, live }: Page): string {
  const body = html`<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${reloadAfterS !== undefined && html`<meta http-equiv="refresh" content="${reloadAfterS}">`}
${live?.reloadAfterS !== undefined && html`<noscript><meta http-equiv="refresh" content="${live.reloadAfterS}"></noscript>`}
<title>${title} · Stub &amp; Quill</title>
<link rel="stylesheet" href="/assets/shop.css">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
${live !== undefined && html`<script src="/assets/live.js" defer></script>`}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${brokenBar(broken)}
<header class="top">
<a class="brand" href="/">${logo}<span>Stub &amp; Quill</span></a>
<nav aria-label="Shop">
<a href="/orders">Your orders</a>
<a href="/basket" class="basket-link">Basket${basketCount !== undefined && basketCount > 0 && html` <b>${basketCount}</b>`}</a>
</nav>
</header>
<main id="content"${live !== undefined && html` data-live="${live.url}" data-seen="${live.seen}"`}>
${content}
</main>
<footer class="bottom">
<p>A demonstration: nothing is sold here, and no real card is charged.</p>
<nav aria-label="Behind the scenes">
${broken !== undefined && html`<a href="/break">Break something</a>`}
<a href="/mail">Mail that was sent</a>
</nav>
</footer>
</body>
</html>`
  return `<!doctype html>\n${body.toString()}\n`
}

/** Above everything else, so that nobody looks for a fault that they have made themselves. */
export function brokenBar(broken: readonly string[] | undefined): Html {
  const bar =
    broken !== undefined &&
    broken.length > 0 &&
    html`<aside class="broken-bar" aria-label="Broken on purpose"><p><b>Broken on purpose:</b> ${broken.join('; ')}. <a href="/break">Mend it</a></p></aside>`
  return html`<div id="broken">${bar}</div>`
}

/** A cheque torn from its stub. */
const logo = new Html(
  '<svg class="logo" viewBox="0 0 32 20" aria-hidden="true"><rect x="1" y="1" width="30" height="18" rx="2" fill="none" stroke="currentColor" stroke-width="2"/><path d="M10 1v18" stroke="currentColor" stroke-width="2" stroke-dasharray="2 2"/><path d="M14 7h12M14 12h8" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></svg>',
)
