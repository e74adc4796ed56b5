import { freePorts, ShopProcess } from '../../demo/shop-process.ts'
import { eventually, REQUEST_WITHIN_MS } from './limits.ts'

export { freePorts }
export type { Exit, LedgerOrder } from '../../demo/shop-process.ts'

export interface DemoOptions {
  readonly timeScale: number
  readonly changeOfMind?: 'wait' | 'switch'
  /** Without, nothing but asking tells what the provider has done. */
  readonly notifications?: 'on' | 'off'
}

/** The whole demo shop, in a process of its own. It can be killed and started again on its ports and data. */
export class Demo extends ShopProcess {
  /** Makes folder and ports and starts it. `timeScale` makes the provider's time, and with it the waiting rule, faster. */
  static async open(options: DemoOptions): Promise<Demo> {
    const { timeScale, changeOfMind = 'wait', notifications = 'on' } = options
    const demo = await Demo.prepare({
      SHOP_TIME_SCALE: String(timeScale),
      SHOP_CHANGE_OF_MIND: changeOfMind,
      SHOP_NOTIFICATIONS: notifications,
    })
    try {
      await demo.start()
      return demo
    } catch (error) {
      await demo.close()
      throw error
    }
  }

  async setFault(fault: Readonly<Record<string, string | number>>): Promise<void> {
    await this.control('faults', fault)
  }

  /** A fault leaves the plan when it strikes. */
  async whenStruck(): Promise<void> {
    await eventually('the fault strikes', REQUEST_WITHIN_MS, async () => {
      const { faults } = (await this.control('faults')) as { readonly faults: readonly unknown[] }
      return faults.length === 0 ? true : undefined
    })
  }

  /** What the provider's back office does with a payment. */
  async backOffice(orderCode: string, action: string): Promise<void> {
    await this.control('back-office', { orderCode, action })
  }
}
