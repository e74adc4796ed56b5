import type { Page } from 'playwright-core'
import type { Viewer, Visitor } from '../../test/e2e/browser.ts'
import type { Frame } from './apng.ts'

const WIDTH = 1_180
const HEIGHT = 740
const CAPTION_HEIGHT = 76
/** Long enough to read a caption and to look. */
const SHOWN_MS = 7_000

/** Takes pictures of pages, each with a caption below it. */
export class Camera {
  /** The browser of the person in the story. */
  readonly person: Visitor
  readonly #easel: Page
  readonly #onFrame: (frame: Frame) => void

  private constructor(person: Visitor, easel: Page, onFrame: (frame: Frame) => void) {
    this.person = person
    this.#easel = easel
    this.#onFrame = onFrame
  }

  static async open(viewer: Viewer, onFrame: (frame: Frame) => void): Promise<Camera> {
    const easel = await (await viewer.visitor()).page()
    await easel.setViewportSize({ width: WIDTH, height: HEIGHT + CAPTION_HEIGHT })
    return new Camera(await viewer.visitor(), easel, onFrame)
  }

  async window(): Promise<Page> {
    const page = await this.person.page()
    await page.setViewportSize({ width: WIDTH, height: HEIGHT })
    return page
  }

  /** What the page shows now. */
  async show(caption: string, page: Page, shownMs = SHOWN_MS): Promise<void> {
    const picture = (await page.screenshot({ animations: 'disabled' })).toString('base64')
    await this.#take(
      caption,
      `<img alt="" width="${WIDTH}" height="${HEIGHT}" src="data:image/png;base64,${picture}">`,
      shownMs,
    )
  }

  /** What a program has printed. */
  async showText(caption: string, text: string, shownMs = SHOWN_MS): Promise<void> {
    await this.#take(caption, `<pre>${escaped(text)}</pre>`, shownMs)
  }

  async #take(caption: string, content: string, shownMs: number): Promise<void> {
    await this.#easel.setContent(`<!doctype html><style>
      body { margin: 0; font: 20px/1.35 sans-serif; background: #fff }
      img, pre { display: block; height: ${HEIGHT}px; overflow: hidden }
      pre { margin: 0; padding: 20px 24px; box-sizing: border-box; font: 14px/1.45 monospace; background: #14201c; color: #e6efeb }
      p { margin: 0; padding: 0 28px; height: ${CAPTION_HEIGHT}px; display: flex; align-items: center; background: #0b5a48; color: #fff }
    </style>${content}<p><span>${escaped(caption)}</span></p>`)
    this.#onFrame({ png: await this.#easel.screenshot(), shownMs })
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
