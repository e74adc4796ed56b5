import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { returnQuery } from '../simulators/worldpay/index.ts'
import { type Bed, hostedModule, linkOf, onBed, settle } from './bed.test-data.ts'
import type { Counterfoil } from './api.ts'

const CALLED = { notificationUrl: 'kept' }
const MINUTE_MS = 60_000

interface Away {
  readonly id: string
  readonly link: string
  readonly reference: string
}

/** A payer of a cheap order who has paid, and one of a dear order who has not. */
async function cheapAndDear(
  bed: Bed,
  believe: 'source' | 'inquire',
): Promise<{ cf: Counterfoil; cheap: Away; dear: Away }> {
  bed.order('cheap', 1n)
  bed.order('dear', 99_999n)
  const cf = await bed.engine({ modules: [hostedModule({ believe })] })
  const away = async (orderId: string): Promise<Away> => {
    const paying = await cf.pay({ orderId, module: 'worldpay', key: `key-of-${orderId}` })
    await settle()
    return { id: paying.id, link: linkOf(paying), reference: bed.charge(paying.id).reference }
  }
  const [cheap, dear] = [await away('cheap'), await away('dear')]
  bed.payThere(cheap.reference)
  return { cf, cheap, dear }
}

describe('the success of a cheap order', () => {
  for (const believe of ['source', 'inquire'] as const) {
    it(
      `opens no dear one, by whatever way it is brought there (believe: ${believe})`,
      onBed(async (bed) => {
        const { cf, cheap, dear } = await cheapAndDear(bed, believe)
        const returned = {
          orderCode: cheap.reference,
          amountMinor: 1n,
          currency: 'GBP',
          status: 'AUTHORISED',
        }
        const query = returnQuery(bed.network.psp.options, returned)
        const call = bed.nextCall()
        const forged = call.replaceAll(cheap.reference, dear.reference)
        // Whom the shop believes has the right credentials; where nobody is believed they prove nothing.
        const shown = believe === 'source' ? `Basic ${btoa('worldpay:guessed')}` : undefined
        for (const attempt of [
          // The signed way back of the one, at the doors of the other; also with the other's reference in it.
          () => cf.payerReturned({ link: dear.link, door: 'success', query }),
          () => {
            const text = JSON.stringify(query).replaceAll(cheap.reference, dear.reference)
            return cf.payerReturned({ link: dear.link, door: 'success', query: JSON.parse(text) })
          },
          () => cf.payerReturned({ link: dear.link, door: 'challenge', token: cheap.link, query }),
          // The true notification of the one in the name of the other, with its own amount and with the other's.
          () => bed.call(cf, forged),
          () => bed.call(cf, forged.replaceAll('value="1"', 'value="99999"'), shown),
        ])
          await attempt().catch((error: { code?: string }) => assert.match(error.code ?? '', /^CF_/))
        await bed.advance(5 * MINUTE_MS)
        await bed.calls(cf)
        assert.equal(bed.payment(dear.id).status, 'in-progress')
        assert.equal(bed.charge(dear.id).state, 'awaiting-payer')
        assert.equal(bed.payment(dear.id).amountMinor, 99_999n)
        assert.equal(bed.payment(cheap.id).status, 'paid')
        assert.equal((await cf.order('dear')).state, 'held')
      }, CALLED),
    )
  }
})
