import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { blocksOf, ExampleFolders } from '../house/examples.ts'
import { Viewer } from './browser.ts'
import { freePorts } from './demo.ts'
import {
  eventually,
  GONE_WITHIN_MS,
  inTime,
  LOAD_EVERY_MS,
  OPEN_WITHIN_MS,
  PAGE_WITHIN_MS,
  REQUEST_WITHIN_MS,
} from './limits.ts'
import { payThere } from './payer.ts'
import { PAID, UNPAID, pressPay, seeHeading, typeCard } from './shopper.ts'

const PAGE = 'docs/tutorial/from-redirect-to-integrated.md'

describe('the tutorial from redirect to integrated, followed in a browser', () => {
  let tutorial: Tutorial
  let viewer: Viewer
  let page: Page
  before(async () => {
    tutorial = await Tutorial.open()
    viewer = await Viewer.open('tutorial')
    page = await (await viewer.visitor()).page()
    await tutorial.startProvider()
  })
  after(async () => {
    await viewer?.close()
    await tutorial?.close()
  })
  afterEach(async () => {
    await tutorial.endShop()
    assert.deepEqual(viewer.complaints, [])
  })

  it("sells on the provider's page, refused once, and again to a payer who closes the window", async () => {
    await tutorial.startShop('node redirect.ts')
    await goToPay(page, tutorial, 'order-1')
    await pressPay(page)
    await payThere(page, 'REFUSED')
    await page
      .getByText(/another card/i)
      .first()
      .waitFor()
    await payThere(page)
    await seeHeading(page, PAID)
    await seePaid(page, tutorial, 'order-1')

    const window = await page.context().newPage()
    await goToPay(window, tutorial, 'order-2')
    await pressPay(window)
    await payThere(window)
    await eventually('the provider has it', PAGE_WITHIN_MS, async () =>
      (await tutorial.charges()).length === 2 ? true : undefined,
    )
    await window.close()
    await seePaid(page, tutorial, 'order-2')
  })

  it('takes the card itself, is killed while the provider has the money, and is paid', async () => {
    await tutorial.startShop('node integrated.ts')
    await seePaid(page, tutorial, 'order-1')
    await goToPay(page, tutorial, 'order-3')
    await typeCard(page, 'REFUSED')
    await pressPay(page)
    await seeHeading(page, UNPAID)
    await tutorial.prepareFault()
    await goToPay(page, tutorial, 'order-3')
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, /wait/i)
    await tutorial.endShop('SIGKILL')
    await tutorial.startShop('node integrated.ts')
    await seeHeading(page, PAID)
    await seePaid(page, tutorial, 'order-3')
    assert.deepEqual(await tutorial.charges(), [1, 1, 1])
  })

  it('starts with a step of its own', async () => {
    await tutorial.startShop('node warehouse.ts')
    await seePaid(page, tutorial, 'order-3')
  })
})

async function goToPay(page: Page, { shopUrl }: Tutorial, orderId: string): Promise<void> {
  await page.goto(shopUrl)
  await page.getByRole('listitem').filter({ hasText: orderId }).getByRole('link').click()
}

async function seePaid(page: Page, { shopUrl }: Tutorial, orderId: string): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    await page.goto(shopUrl)
    return (await page.getByText(`${orderId}: paid`).count()) > 0 ? true : undefined
  }
  await eventually(`${orderId} is paid`, PAGE_WITHIN_MS, look, LOAD_EVERY_MS)
}

/** The files and commands of the page, with ports and a folder of their own. */
class Tutorial {
  readonly shopUrl: string
  readonly providerUrl: string
  readonly #folders: ExampleFolders
  #provider: ChildProcess | undefined
  #shop: ChildProcess | undefined

  private constructor([provider = 0, shop = 0]: readonly number[]) {
    this.#folders = new ExampleFolders({ ports: () => ({ provider, shop }), pages: [PAGE] })
    this.shopUrl = `http://localhost:${shop}`
    this.providerUrl = `http://127.0.0.1:${provider}/worldpay/`
  }

  static async open(): Promise<Tutorial> {
    return new Tutorial(await freePorts(2))
  }

  async startProvider(): Promise<void> {
    this.#provider = await this.#run(/counterfoil simulate/, this.providerUrl)
  }

  async startShop(command: string): Promise<void> {
    this.#shop = await this.#run(new RegExp(`^${RegExp.escape(command)}$`), this.shopUrl)
  }

  async endShop(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    await this.#end(this.#shop, signal)
    this.#shop = undefined
  }

  /** Runs the command that the page shows, and waits until the address answers. */
  async #run(command: RegExp, url: string): Promise<ChildProcess> {
    const shown = blocksOf(PAGE).find(({ language, text }) => language === 'sh' && command.test(text.trim()))
    assert.ok(shown !== undefined, `the page shows ${String(command)}`)
    const child = spawn('sh', ['-c', `exec ${this.#folders.local(PAGE, shown.text)}`], {
      cwd: this.#folders.of(PAGE),
      env: this.#folders.environmentOf(PAGE),
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await eventually(`${shown.text} answers`, 2 * OPEN_WITHIN_MS, async () => {
      assert.equal(child.exitCode, null, `${shown.text} ended`)
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(REQUEST_WITHIN_MS) })
        await answer.body?.cancel()
        return answer.ok ? true : undefined
      } catch {
        // Nobody listens yet.
        return undefined
      }
    })
    return child
  }

  async #end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await inTime(`it ends by ${signal}`, GONE_WITHIN_MS, gone)
  }

  /** Sends what the page sends to the provider's control interface. */
  async prepareFault(): Promise<void> {
    const shown = blocksOf(PAGE).find(({ text }) => text.includes('/control/faults'))
    assert.ok(shown !== undefined, 'the page prepares a fault')
    const command = this.#folders.local(PAGE, shown.text)
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', command], { encoding: 'utf8' })
    assert.equal(status, 0, `${stdout}${stderr}`)
  }

  /** How many charges stand at the provider, for each paid order. */
  async charges(): Promise<readonly number[]> {
    const answer = await fetch(`${this.providerUrl}control/ledger`)
    const { orders } = (await answer.json()) as { readonly orders: readonly { liveExecutions: number }[] }
    return orders.map(({ liveExecutions }) => liveExecutions).filter((live) => live > 0)
  }

  async close(): Promise<void> {
    await this.endShop('SIGKILL')
    await this.#end(this.#provider, 'SIGKILL')
    this.#folders[Symbol.dispose]()
  }
}
