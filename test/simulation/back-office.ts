import { isEnd } from '../../src/payment/operation-states.ts'
import { type BackOfficeAction, backOffice } from '../../src/simulators/worldpay/index.ts'
import type { FaultName } from './faults.ts'
import { Person } from './person.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

const ACTIONS: readonly (readonly [FaultName, BackOfficeAction])[] = [
  ['charged-back', 'charge-back'],
  ['capture-failed-late', 'fail-capture'],
  ['refunded-elsewhere', 'refund'],
  ['cancelled-elsewhere', 'cancel'],
  ['expired-elsewhere', 'expire'],
]

/** What happens at the PSP to payments that have ended, without a word of ours: in its back office, at banks, by time. */
export class BackOffice extends Person {
  async goesOn(): Promise<void> {
    const { random } = this.at
    for (let turn = 0; turn < 4; turn++) {
      await this.wait(random.between(MINUTE_MS, 50 * MINUTE_MS))
      this.#looksAtAll()
    }
    if (!random.chance(0.25)) return
    await this.wait(random.between(DAY_MS, 3 * DAY_MS))
    // Faults are over by then unless this day has some of its own.
    this.#looksAtAll()
  }

  #looksAtAll(): void {
    const { psp, books, mischief } = this.at
    for (const orderCode of Object.keys(psp.orders)) {
      const operation = books.operationOf(orderCode)
      if (operation === undefined || !isEnd(operation.state)) continue
      for (const [fault, action] of ACTIONS) {
        if (!mischief.strikes(fault) || !this.#does(orderCode, action)) continue
        // The merchant may win it back.
        if (action === 'charge-back' && mischief.random.chance(0.4)) {
          const laterMs = mischief.random.pick([20 * MINUTE_MS, 90 * MINUTE_MS, 2 * DAY_MS])
          this.beside(this.wait(laterMs).then(() => this.#does(orderCode, 'reverse-charge-back')))
        }
        break
      }
    }
  }

  #does(orderCode: string, action: BackOfficeAction): boolean {
    const { psp, books, postman, scheduler, random, note } = this.at
    const ledger = books.ledger(orderCode)
    const kept = ledger?.liveMinor ?? 0n
    // Of a payment captured in part no inquiry tells that the rest has expired.
    if (action === 'expire' && (ledger?.capturedMinor ?? 0n) > 0n) return false
    // Nor does an authorization run out under a capture that is on its way: its failure would be all that is told.
    if (action === 'expire' && books.isUnderWay(orderCode)) return false
    const part = action === 'refund' && random.chance(0.5) && kept > 1n ? kept / 2n : undefined
    const done = postman.around(() => backOffice(psp, orderCode, action, part, scheduler.nowMs))
    note(`back office: ${action} of ${orderCode}: ${done.ok ? 'done' : done.why}`)
    if (done.ok) books.elsewhere.set(orderCode, (books.elsewhere.get(orderCode) ?? 0) + 1)
    return done.ok
  }
}
