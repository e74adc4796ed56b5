import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Counterfoil, PaymentResult } from '../../engine/api.ts'
import { settingsFrom } from '../options.ts'
import { triesWith } from './tries.ts'
import { cardNumber } from './visitor.test-data.ts'

const HOUR_MS = 3_600_000

describe('two requests with one form', () => {
  it('keep the try counted when the one that was first fails, and the other has sent it', async () => {
    const card = { max: 2, withinMs: HOUR_MS }
    const settings = settingsFrom('http://localhost', {
      secret: 'a secret of thirty-two bytes or more',
      tries: { card },
    })
    const nobody = { list: async () => [], payment: async () => undefined } as Partial<Counterfoil>
    const tries = triesWith(settings, nobody as Counterfoil)
    const declined = { id: 'p', status: 'declined', settled: true, operations: [{ state: 'declined' }] }
    const formOf = (key: string) => {
      const one = { kind: 'card', orderId: key, session: key, address: undefined } as const
      return { ...one, cardNumber: cardNumber(1), key }
    }
    const bothSent = async (key: string): Promise<void> => {
      const form = formOf(key)
      const held = Promise.withResolvers<PaymentResult>()
      const first = tries.during(form, () => held.promise)
      await tries.during(form, async () => declined as unknown as PaymentResult)
      held.reject(new Error('another tab holds the order'))
      await assert.rejects(first, /another tab/)
    }
    await bothSent('form-1')
    await bothSent('form-2')
    const third = tries.during(formOf('form-3'), () => assert.fail('it is not sent'))
    await assert.rejects(third, { code: 'CF_TOO_MANY_TRIES' })
    await tries.close()
  })
})
