import assert from 'node:assert/strict'
import { it } from 'node:test'
import { cardProblems } from '../../gateway/card.ts'
import { visa } from '../browser.test-data.ts'
import { en } from '../texts/en.ts'
import { fieldProblem } from './card-problem-texts.ts'

const nowMs = Date.UTC(2026, 5, 15)

it('says in the catalogue what the check of a card says to developers', () => {
  for (const change of [
    { number: '' },
    { number: '4444333322221112' },
    { expiryMonth: '13' },
    { expiryMonth: '' },
    { expiryYear: '35' },
    { expiryYear: '2099' },
    { expiryYear: '2025' },
    { expiryYear: '2026', expiryMonth: '05' },
    { securityCode: '12' },
    { holder: ' ' },
    { holder: 'x'.repeat(101) },
    { holder: '4444 3333 2222 1111' },
  ]) {
    const fields = { ...visa, ...change }
    const [problem, ...more] = cardProblems(fields, nowMs)
    assert.ok(problem !== undefined && more.length === 0, JSON.stringify(change))
    const { field, text } = fieldProblem(problem, fields, nowMs)
    assert.deepEqual([field, en[text]], [problem.field, problem.text])
  }
})
