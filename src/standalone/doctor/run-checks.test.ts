import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failure } from '../../errors.ts'
import { type CheckReport, fail, ok, together, warn } from './check.ts'
import { runChecks } from './run-checks.ts'

describe('checks', () => {
  it('run one after the other, are told of when they are done, and may throw', async () => {
    const told: CheckReport[] = []
    const reports = await runChecks(
      [
        { name: 'well', run: async () => ok('all is well') },
        {
          name: 'refused',
          run: async () => {
            throw failure('CF_JOURNAL_FULL', 'no room')
          },
        },
        {
          name: 'at once',
          run: () => {
            throw new Error('a mistake')
          },
        },
      ],
      (report) => told.push(report),
    )
    assert.deepEqual(told, reports)
    assert.deepEqual(
      reports.map(({ name, status, text, todo }) => ({ name, status, text, todo })),
      [
        { name: 'well', status: 'ok', text: 'all is well', todo: undefined },
        {
          name: 'refused',
          status: 'fail',
          text: 'CF_JOURNAL_FULL: The disk of the journal is full: no room',
          todo: 'Make room; answers to what was sent still fit, new payments are refused.',
        },
        { name: 'at once', status: 'fail', text: 'a mistake', todo: 'Look at what the message names.' },
      ],
    )
    assert.ok(reports.every(({ tookMs }) => tookMs >= 0))
  })

  it('that never settle have failed at their bound, and are told to stop', async () => {
    let stopped = false
    const never = {
      name: 'never',
      run: (signal: AbortSignal) => {
        signal.addEventListener('abort', () => (stopped = true))
        return new Promise<never>(() => undefined)
      },
    }
    const [report] = await runChecks([never], () => undefined, 20)
    assert.equal(report?.status, 'fail')
    assert.equal(report?.text, 'no result within 20 ms')
    assert.equal(stopped, true)
  })

  it('are as bad as the worst of what they found', () => {
    assert.deepEqual(together([ok('a'), warn('b', 'Do b.'), fail('c', 'Do c.')]), {
      status: 'fail',
      text: 'a; b; c',
      todo: 'Do b. Do c.',
    })
    assert.deepEqual(together([ok('a'), warn('b', 'Do b.')]).status, 'warn')
    assert.deepEqual(together([ok('a'), ok('b')]), { status: 'ok', text: 'a; b' })
  })
})
