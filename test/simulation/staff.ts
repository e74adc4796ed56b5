import { Person } from './person.ts'

const MINUTE_MS = 60_000
/** How often they look at an order. */
const TURNS = [1, 2, 2, 3] as const

/** The people of the shop: they close orders, capture, refund and void what was paid. */
export class Staff extends Person {
  async looksAfter(orderId: string): Promise<void> {
    const { random, mischief, cluster } = this.at
    await this.wait(random.between(5_000, 60 * MINUTE_MS))
    if (mischief.strikes('order-closed')) await this.settled(cluster.engine()?.closeOrder({ orderId }))
    for (let turn = random.pick(TURNS); turn > 0; turn--) {
      await this.wait(random.between(1_000, 40 * MINUTE_MS))
      const payments = await this.settled(cluster.engine()?.list({ orderId, limit: 10 }))
      const paid = payments?.find((payment) => payment.status === 'paid' || payment.status === 'in-progress')
      if (paid === undefined) continue
      const kind = random.pick(['capture', 'refund', 'refund', 'void', 'cancel'] as const)
      const amountMinor = random.chance(0.5) ? undefined : BigInt(random.between(1, Number(paid.amountMinor)))
      await this.#modifies(paid.id, kind, amountMinor)
    }
  }

  async #modifies(
    paymentId: string,
    kind: 'capture' | 'refund' | 'void' | 'cancel',
    amountMinor: bigint | undefined,
  ): Promise<void> {
    const { cluster, random, note } = this.at
    const amount = amountMinor === undefined || kind === 'void' || kind === 'cancel' ? {} : { amountMinor }
    const request = { paymentId, key: this.key(), ...amount }
    const result = await this.settled(cluster.engine()?.[kind](request))
    note(`staff: ${kind} of ${paymentId}: ${result?.operation.state ?? 'no'}`)
    // The same key once more must not move money once more.
    if (random.chance(0.3)) await this.settled(cluster.engine()?.[kind](request))
  }
}
