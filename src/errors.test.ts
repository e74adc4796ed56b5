import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CounterfoilError, type ErrorCode, errorRegistry, failure, reasonOf } from './errors.ts'

const entries = Object.entries(errorRegistry)

describe('the registry of errors', () => {
  it('has codes of one shape, statuses of HTTP errors and whole sentences', () => {
    for (const [code, { status, title, remedy }] of entries) {
      assert.match(code, /^CF_[A-Z]+(_[A-Z]+)*$/)
      assert.ok(status >= 400 && status <= 599, code)
      assert.match(title, /^[A-Z].*[^.]$/, `${code}: the title stands before a colon`)
      assert.match(remedy, /^[A-Z].*\.$/, `${code}: the remedy is a sentence`)
    }
  })

  it('tells no two errors by the same title', () => {
    const titles = entries.map(([, { title }]) => title)
    assert.equal(new Set(titles).size, titles.length)
  })
})

describe('an error of the registry', () => {
  it('carries what the registry says of its code', () => {
    for (const [code, entry] of entries) {
      const error = failure(code as ErrorCode, 'this happened', { field: 'amount' })
      assert.ok(error instanceof CounterfoilError && error instanceof Error)
      assert.equal(error.name, 'CounterfoilError')
      assert.equal(error.message, `${entry.title}: this happened`)
      assert.deepEqual(
        { code: error.code, status: error.status, retry: error.retry, remedy: error.remedy },
        { code, status: entry.status, retry: entry.retry, remedy: entry.remedy },
      )
      assert.deepEqual(error.details, { field: 'amount' })
    }
  })

  it('keeps its cause, and has none where there is none', () => {
    const cause = new Error('disk')
    assert.equal(failure('CF_JOURNAL_UNAVAILABLE', 'no', {}, cause).cause, cause)
    assert.equal('cause' in failure('CF_JOURNAL_UNAVAILABLE', 'no'), false)
  })
})

describe('the reason of something thrown', () => {
  it('is the message of an error and the text of anything else', () => {
    assert.equal(reasonOf(new Error('disk')), 'disk')
    assert.equal(reasonOf('text'), 'text')
    assert.equal(reasonOf(undefined), 'undefined')
  })

  it('is never longer than 500 characters', () => {
    assert.equal(reasonOf(new Error('x'.repeat(10_000))).length, 500)
  })
})
