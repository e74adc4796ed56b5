import assert from 'node:assert/strict'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
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

  /** A person with a browser of her own: no cookies yet. `own` is how she has set it up. */
  async visitor({
    javaScript = true,
    ...own
  }: BrowserContextOptions & { javaScript?: boolean } = {}): Promise<Visitor> {
    const context = await this.#browser.newContext({
      ...own,
      javaScriptEnabled: javaScript,
      proxy: { server: this.recorder.proxyUrl },
    })
    context.setDefaultTimeout(PAGE_WITHIN_MS)
    const visitor = new Visitor(context)
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
  /** Errors of scripts, and what the content security policy has stopped. Requests that fail are no complaint. */
  readonly complaints: string[] = []

  constructor(context: BrowserContext) {
    this.context = context
    context.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return
      if (message.text().startsWith('Failed to load resource')) return
      this.complaints.push(`${message.page()?.url() ?? ''}: ${message.text()}`)
    })
    context.on('weberror', (error) => this.complaints.push(String(error.error())))
  }

  page(): Promise<Page> {
    return this.context.newPage()
  }

  async leave(): Promise<void> {
    await this.context.close()
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
