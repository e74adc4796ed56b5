import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Case } from '../payment/state.ts'
import { caseDetailsAnswer } from '../server/api/case-answers.ts'
import { SAMPLE_AT_MS, samplePayment } from '../testkit/journal-samples.ts'
import { showAnswer } from './case-answer-words.ts'
import { showCase } from './case-words.ts'

const end = { action: 'close', by: 'counterfoil', why: 'the provider said so: AUTHORISED' } as const
const one: Case = {
  caseId: 'case-1',
  reason: 'doubt-unresolved',
  reference: 'ref-0001',
  text: 'sale of 1999 GBP (minor units): nobody answers',
  atMs: SAMPLE_AT_MS,
  closed: { ...end, atMs: SAMPLE_AT_MS },
}
const payment = samplePayment('p1', { cases: [one] })

describe('a case that evidence has closed', () => {
  it('says so, and names nobody as the one who has resolved it', () => {
    const told = showCase({ case: one, payment }, [])
    assert.match(told, /^ {2}closed {5}2025-\S+ by evidence: the provider said so: AUTHORISED$/m)
    assert.doesNotMatch(told, / {2}resolved |What can be done/)
    const byAnn = { ...one, closed: { ...end, by: 'ann', atMs: SAMPLE_AT_MS } }
    assert.match(showCase({ case: byAnn, payment }, []), /^ {2}resolved {3}2025-\S+ by close$/m)
  })

  it('says so where a server tells of it, too', () => {
    const { paymentId, orderId, status, module, amountMinor, currency } = payment
    const of = { paymentId, orderId, status, module, amountMinor, currency }
    const told = showAnswer(
      caseDetailsAnswer({
        ...one,
        ...of,
        actions: [],
        payment: { ...of, id: paymentId, balances: payment.balances, operations: [], cases: [] } as never,
        operation: undefined,
        evidence: [],
        history: [
          { type: 'case-opened', caseId: 'case-1', reason: 'doubt-unresolved', text: one.text, atMs: 0 },
          { type: 'case-closed', caseId: 'case-1', ...end, atMs: 1 },
        ],
      }),
    )
    assert.match(told, /^ {2}1970-\S+ {2}closed by evidence: the provider said so: AUTHORISED$/m)
    assert.doesNotMatch(told, /has resolved it/)
  })
})
