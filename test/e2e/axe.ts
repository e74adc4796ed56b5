import assert from 'node:assert/strict'
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** WCAG 2.2 AA with what it is built on, and what good pages do beside. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface Finding {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/**
 * Fails with what axe-core finds wrong on the page. It is run from outside of the page, so the page's policy stays as it
 * is; what others show in a frame is not ours.
 */
export async function assertAccessible(page: Page, name: string): Promise<void> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source)
  const found = await page.evaluate<readonly Finding[]>(
    `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(TAGS)} }, iframes: false, resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )
  const said = found.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary ?? ''}`).join('\n')}`,
  )
  assert.deepEqual(said, [], name)
}

/** Fails when a reader would have to push the page sideways, or when something is cut off at the panel's edge. */
export async function assertFits(page: Page, name: string): Promise<void> {
  const tooWide = await page.evaluate<readonly string[]>(`(() => {
    const { clientWidth, scrollWidth } = document.documentElement
    const panel = document.querySelector('main').getBoundingClientRect()
    const beyond = [...document.querySelectorAll('main *')].filter((element) => {
      const { left, right, width } = element.getBoundingClientRect()
      if (width === 0) return false
      return left < panel.left - 0.5 || right > Math.min(panel.right, clientWidth) + 0.5
    })
    return [...(scrollWidth > clientWidth ? ['the page'] : []), ...beyond.map(({ outerHTML }) => outerHTML.slice(0, 120))]
  })()`)
  assert.deepEqual(tooWide, [], `${name} fits into ${page.viewportSize()?.width} px`)
}
