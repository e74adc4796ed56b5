import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiStage } from './api-bed.test-data.ts'

describe('what is in doubt', () => {
  it('is told per currency, with its age, the money at risk and the next inquiry', async () => {
    await using s = await apiStage()
    assert.deepEqual((await s.get('/v1/in-doubt')).json, { inDoubt: [] })
    const oldestSinceMs = Date.UTC(2026, 0, 2, 3, 4, 5)
    s.cf.doubts = [
      {
        currency: 'GBP',
        payments: 2,
        oldestSinceMs,
        atRiskMinor: 10n ** 17n,
        nextDueAtMs: oldestSinceMs + 1_000,
      },
      { currency: 'JPY', payments: 1, oldestSinceMs, atRiskMinor: 5n, nextDueAtMs: undefined },
    ]
    const { status, json } = await s.get('/v1/in-doubt')
    assert.equal(status, 200)
    assert.deepEqual(json, {
      inDoubt: [
        {
          currency: 'GBP',
          payments: 2,
          oldestSince: '2026-01-02T03:04:05.000Z',
          atRiskMinor: '100000000000000000',
          nextInquiryAt: '2026-01-02T03:04:06.000Z',
        },
        { currency: 'JPY', payments: 1, oldestSince: '2026-01-02T03:04:05.000Z', atRiskMinor: '5' },
      ],
    })
  })

  it('is told to nobody without a key', async () => {
    await using s = await apiStage()
    assert.equal((await s.get('/v1/in-doubt', { authorization: undefined })).status, 401)
  })
})
