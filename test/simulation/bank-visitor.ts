import { chargeOf } from '../../src/payment/state.ts'
import { completeChallenge } from '../../src/simulators/worldpay/index.ts'
import { type CameAway, Person } from './person.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const DAY_MS = 24 * 60 * MINUTE_MS

/** A payment whose payer was sent to the bank. */
export interface BankVisit {
  readonly id: string
  readonly orderId: string
  readonly link: string
}

/** A payer at the bank: passes, fails, gives up, comes back twice, days later, or somebody else comes back. */
export class BankVisitor extends Person {
  async visit(visit: BankVisit): Promise<CameAway> {
    const { random, mischief, books, psp, scheduler } = this.at
    const payment = books.payments.get(visit.id)?.payment
    const charge = payment === undefined ? undefined : chargeOf(payment)
    const token = charge?.handedOver?.returnToken
    if (charge === undefined || token === undefined) return 'left'
    const { reference } = charge
    await this.wait(random.between(2 * SECOND_MS, 3 * MINUTE_MS))
    if (mischief.strikes('challenge-forged')) {
      await this.#returns(visit, random.pick([`${token.slice(0, -1)}x`, reference, '']))
    }
    if (mischief.strikes('challenge-abandoned')) return 'left'
    if (mischief.strikes('change-of-mind')) {
      const away = await this.#changesMind(visit, token, reference)
      if (away !== undefined) return away
    }
    const verdict = mischief.strikes('challenge-failed') ? 'failed' : 'passed'
    const transactionId = psp.authentications[reference]?.transactionId
    if (transactionId !== undefined) completeChallenge(psp, transactionId, verdict, scheduler.nowMs)
    if (mischief.strikes('order-changed-during-challenge')) this.changeOrder(visit.orderId)
    if (mischief.strikes('challenge-late-return')) {
      await this.wait(
        mischief.uptoMs(8 * MINUTE_MS, random.pick([16 * MINUTE_MS, 60 * MINUTE_MS, 3 * DAY_MS])),
      )
    }
    books.returned.add(reference)
    const back = [this.#returns(visit, token)]
    if (mischief.strikes('challenge-twice')) {
      await this.wait(random.pick([0, 0, random.between(1, 30 * SECOND_MS)]))
      back.push(this.#returns(visit, token))
    }
    await Promise.all(back)
    return 'left'
  }

  async #changesMind(visit: BankVisit, token: string, reference: string): Promise<CameAway | undefined> {
    const { random, cluster, books, note } = this.at
    const mind = await this.settled(cluster.engine()?.changeMind(visit.link))
    note(`payer of ${visit.id} wants another way than the bank: ${mind?.kind ?? 'no answer'}`)
    if (mind?.kind !== 'free') return undefined
    // The bank's page is still open in another window.
    if (random.chance(0.5)) {
      books.returned.add(reference)
      this.beside(this.wait(random.between(1, 5 * MINUTE_MS)).then(() => this.#returns(visit, token)))
    }
    return 'another-way'
  }

  async #returns({ id, link }: BankVisit, token: string): Promise<void> {
    const { cluster, random, note } = this.at
    const waitMs = random.pick([1, 5 * SECOND_MS, 30 * SECOND_MS])
    const visit = { link, door: 'challenge', token, waitMs } as const
    const after = await this.settled(cluster.engine()?.payerReturned(visit))
    note(`payer of ${id} comes back from the bank: ${after?.status ?? 'no answer'}`)
  }
}
