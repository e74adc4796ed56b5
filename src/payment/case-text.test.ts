import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { caseText } from './case-text.ts'
import { caseStories } from './cases.test-data.ts'

describe('the text of a case', () => {
  it("has amounts in major units, with as many decimals as the currency's", () => {
    for (const [text, shown] of [
      ['sale of 1999 GBP (minor units): no answer', 'sale of 19.99 GBP: no answer'],
      ['refund of 5 JPY (minor units): x', 'refund of 5 JPY: x'],
      ['capture of 12 BHD (minor units): x', 'capture of 0.012 BHD: x'],
      ['the step is gone: 1999 GBP', 'the step is gone: 1999 GBP'],
    ] as const) {
      assert.equal(caseText({ text }), shown)
    }
  })

  it('is so for every case that the engine opens', () => {
    for (const make of Object.values(caseStories)) {
      for (const one of make().story.payment.cases) assert.doesNotMatch(caseText(one), /minor units|1999/)
    }
  })
})
