import { type Content, Html, html } from './html.ts'

export interface Page {
  readonly title: string
  readonly content: Content
  /** Things in the basket, for the number beside its link. */
  readonly basketCount: number
  /** Reload after so many seconds, for pages that show something under way. */
  readonly reloadAfterS?: number | undefined
}

/** The frame of every page. It works without JavaScript and has none. */
export function layout({ title, content, basketCount, reloadAfterS }: Page): string {
  const body = html`<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${reloadAfterS !== undefined && html`<meta http-equiv="refresh" content="${reloadAfterS}">`}
<title>${title} · Stub &amp; Quill</title>
<link rel="stylesheet" href="/assets/shop.css">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="brand" href="/">${logo}<span>Stub &amp; Quill</span></a>
<nav aria-label="Shop">
<a href="/orders">Your orders</a>
<a href="/basket" class="basket-link">Basket${basketCount > 0 && html` <b>${basketCount}</b>`}</a>
</nav>
</header>
<main id="content">
${content}
</main>
<footer class="bottom">
<p>A demonstration: nothing is sold here, and no real card is charged.</p>
<nav aria-label="Behind the scenes">
<a href="/faults">Break something</a>
<a href="/mail">Mail that was sent</a>
</nav>
</footer>
</body>
</html>`
  return `<!doctype html>\n${body.toString()}\n`
}

/** A cheque torn from its stub. */
const logo = new Html(
  '<svg class="logo" viewBox="0 0 32 20" aria-hidden="true"><rect x="1" y="1" width="30" height="18" rx="2" fill="none" stroke="currentColor" stroke-width="2"/><path d="M10 1v18" stroke="currentColor" stroke-width="2" stroke-dasharray="2 2"/><path d="M14 7h12M14 12h8" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></svg>',
)
