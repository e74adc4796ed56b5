import assert from 'node:assert/strict'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { root } from '../../scripts/program.ts'
import { PAGE_WITHIN_MS } from './limits.ts'
import { Recorder } from './recorder.ts'

export const SCREENS = join(root, '.test-output', 'screens')
/** Pictures are for people: half a second each, which nobody waits for who does not look at them. */
const TAKES_PICTURES = process.env['COUNTERFOIL_PICTURES'] === '1'

/** A picture of the whole page, where pictures are asked for. */
export async function takePicture(page: Page, file: string): Promise<void> {
  if (TAKES_PICTURES) await page.screenshot({ path: join(SCREENS, file), fullPage: true })
}

/** As large as Playwright makes it. */
const WINDOW = { width: 1280, height: 720 }
const GOTO_TRIES_MAX = 5
/** A page without anything. */
const EMPTY = {
  body: '<!doctype html><title>Empty</title>',
  headers: { 'content-type': 'text/html', 'cross-origin-opener-policy': 'same-origin' },
}

const ARGUMENTS = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A Chromium with a fresh profile, whose every byte to and from the shop is recorded. */
export class Viewer {
  readonly #name: string
  readonly #browser: Browser
  readonly recorder: Recorder
  readonly #visitors: Visitor[] = []
  #pictures = 0

  private constructor(name: string, browser: Browser, recorder: Recorder) {
    this.#name = name
    this.#browser = browser
    this.recorder = recorder
    mkdirSync(SCREENS, { recursive: true })
  }

  /** `name` begins the names of its pictures. */
  static async open(name: string): Promise<Viewer> {
    const browser = await chromium.launch({
      executablePath: chromiumPath(),
      args: ARGUMENTS,
      timeout: PAGE_WITHIN_MS,
    })
    try {
      return new Viewer(name, browser, await Recorder.open())
    } catch (error) {
      await browser.close()
      throw error
    }
  }

  /**
   * A person with a browser of her own: no cookies yet. `own` is how she has set it up. Who comes after one that has
   * left gets what she had, emptied: a new one costs Chromium a second of work.
   */
  async visitor(own: { readonly javaScript?: boolean; readonly locale?: string } = {}): Promise<Visitor> {
    const setup = JSON.stringify(own)
    const left = this.#visitors.find((visitor) => visitor.setup === setup && visitor.takeOver())
    if (left !== undefined) return left
    const { javaScript = true, ...others } = own
    const context = await this.#browser.newContext({
      ...others,
      javaScriptEnabled: javaScript,
      proxy: { server: this.recorder.proxyUrl },
    })
    context.setDefaultTimeout(PAGE_WITHIN_MS)
    const visitor = new Visitor(context, setup)
    this.#visitors.push(visitor)
    return visitor
  }

  /** Everything that any browser has complained about. */
  get complaints(): readonly string[] {
    return this.#visitors.flatMap(({ complaints }) => complaints)
  }

  /** A picture of a page for people to look at. */
  async picture(page: Page, name: string): Promise<void> {
    const number = String(++this.#pictures).padStart(2, '0')
    await takePicture(page, `${this.#name}-${number}-${name}.png`)
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.recorder.close()
  }
}

/** One person's browser. */
export class Visitor {
  readonly context: BrowserContext
  readonly setup: string
  /** Errors of scripts, and what the content security policy has stopped. Requests that fail are no complaint. */
  readonly complaints: string[] = []
  /** Somebody has left it, and nobody has it yet. */
  #isFree = false
  /** The window that was left, until it is opened again. */
  #empty: Page | undefined

  constructor(context: BrowserContext, setup: string) {
    this.context = context
    this.setup = setup
    context.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return
      if (message.text().startsWith('Failed to load resource')) return
      this.complaints.push(`${message.page()?.url() ?? ''}: ${message.text()}`)
    })
    context.on('weberror', (error) => this.complaints.push(String(error.error())))
  }

  /** Answers whether it was left, and now has somebody. */
  takeOver(): boolean {
    const wasFree = this.#isFree
    this.#isFree = false
    return wasFree
  }

  async page(): Promise<Page> {
    const empty = this.#empty
    this.#empty = undefined
    return empty ?? this.context.newPage()
  }

  async leave(): Promise<void> {
    const [page, ...others] = this.context.pages()
    if (page === undefined || others.length > 0) return this.context.close()
    await empty(page)
    this.#empty = page
    this.#isFree = true
  }
}

/**
 * Leaves nothing of what was seen, set and kept in a page, which is the only one of its context. What it then shows is of
 * the site that it showed before: Chromium makes no new process for it, nor for the next page of that site.
 */
export async function empty(page: Page): Promise<void> {
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  const ofItsSite = URL.parse('/empty', page.url())
  const url = ofItsSite?.protocol === 'http:' ? ofItsSite.href : 'about:blank'
  await page.route(url, (route) => route.fulfill(EMPTY))
  await leaveFor(page, url)
  await page.unrouteAll()
  await page.context().clearCookies()
  await page.setViewportSize(WINDOW)
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
}

/** Opens another page in place of one that may go elsewhere by itself. */
export async function leaveFor(page: Page, url: string): Promise<void> {
  for (let tries = 1; !(await arrives(page, url)); tries++) {
    assert.ok(tries < GOTO_TRIES_MAX, `${page.url()} can be left`)
  }
}

/** Answers false when the page was just going elsewhere by itself, which it may do once or twice. */
async function arrives(page: Page, url: string): Promise<boolean> {
  try {
    await page.goto(url)
    return true
  } catch (error) {
    if (/interrupted by another navigation|ERR_ABORTED/.test(String(error))) return false
    throw error
  }
}

/** The `chromium` of the search path, as for the runner of the suites, which installs it. */
export function chromiumPath(): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((file) => isProgram(file))
  assert.ok(found !== undefined, 'there is no chromium: npm test installs it, or apt-get install chromium')
  return found
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    // Not in this folder of the path.
    return false
  }
}
