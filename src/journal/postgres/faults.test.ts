import assert from 'node:assert/strict'
import { it } from 'node:test'
import { failure } from '../../errors.ts'
import { faultOf, journalFailure } from './faults.ts'

const said = (code: string, severity = 'ERROR') =>
  Object.assign(new Error('the words of the server'), { code, severity })

it('is certain that nothing was written only where the server said so and went on', () => {
  assert.equal(faultOf(said('23505')).isRolledBack, true)
  assert.equal(faultOf(said('57P01', 'FATAL')).isRolledBack, false)
  assert.equal(faultOf(said('XX000', 'PANIC')).isRolledBack, false)
  assert.equal(faultOf(Object.assign(new Error('gone'), { code: 'ECONNRESET' })).isRolledBack, false)
  assert.equal(faultOf(new Error('Connection terminated unexpectedly')).isRolledBack, false)
  assert.equal(faultOf('EPIPE').isRolledBack, false)
})

it('names the error of the registry, the words of the server and what to do', () => {
  for (const [state, code, todo] of [
    ['53100', 'CF_JOURNAL_FULL', /make room/],
    ['42501', 'CF_JOURNAL_READ_ONLY', /grant/],
    ['XX001', 'CF_JOURNAL_CORRUPT', /words/],
    ['25006', 'CF_JOURNAL_UNAVAILABLE', /not the primary/],
    ['57P03', 'CF_JOURNAL_UNAVAILABLE', /wait for it/],
    ['55P03', 'CF_JOURNAL_UNAVAILABLE', /holds a row/],
    ['22021', 'CF_JOURNAL_REFUSED', /words/],
    ['23514', 'CF_JOURNAL_REFUSED', /words/],
    ['54000', 'CF_JOURNAL_REFUSED', /words/],
    ['99999', 'CF_JOURNAL_UNAVAILABLE', /words/],
  ] as const) {
    const error = journalFailure(said(state), 'postgres db/payments')
    assert.equal(error.code, code, state)
    assert.match(error.message, todo)
    assert.match(error.message, /postgres db\/payments: the words of the server/)
    assert.equal(error.details['sqlState'], state)
  }
  // The connection went with it: nobody knows whether the same is refused again.
  assert.equal(journalFailure(said('22021', 'FATAL'), 'x').code, 'CF_JOURNAL_UNAVAILABLE')
  const known = failure('CF_JOURNAL_NEWER', 'x')
  assert.equal(journalFailure(known, 'y'), known)
})
