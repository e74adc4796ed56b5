import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Ended, runToEnd } from '../run-to-end.ts'

/** It bounds itself; this is for when it does not. */
const WITHIN_MS = 170_000
const FAULTS = [
  'node killed',
  'node paused, and wakes',
  'primary killed, standby promoted',
  'connection to the provider cut at any byte',
]

function chaos(...options: readonly string[]): Promise<Ended> {
  return runToEnd(['npm', 'run', '--silent', 'chaos', '--', ...options], { withinMs: WITHIN_MS })
}

describe('npm run chaos', () => {
  it('charges nobody twice and loses no answer while nodes and the database are killed', async (t) => {
    const only = FAULTS.flatMap((name) => ['--only', name])
    const { code, stdout, stderr } = await chaos('--minutes', '0.2', '--seed', '7', '--json', ...only)
    assert.equal(code, 0, `${stdout}\n${stderr}`)
    const result = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Readonly<Record<string, unknown>>
    const { orders, paid, declined, reversed, kills, failovers, longestInDoubtMs } = result as Record<
      string,
      number
    >
    t.diagnostic(
      `${orders} orders, ${paid} paid, ${kills} kills, ${failovers} failovers, ${longestInDoubtMs} ms`,
    )
    for (const name of ['doubleCharges', 'differences', 'lostAnswers']) assert.equal(result[name], 0, name)
    assert.equal((paid ?? 0) + (declined ?? 0) + (reversed ?? 0), orders, 'each order counts once')
    // A run in which nothing happened would prove nothing.
    assert.ok((paid ?? 0) > 10, stdout)
    assert.ok((kills ?? 0) > 0 && (failovers ?? 0) > 0, stdout)
    // On a slow machine one of them may not have its turn in so short a run.
    assert.ok((result['neverMet'] as readonly string[]).length <= 1, stdout)
    assert.deepEqual(
      (result['faults'] as readonly { readonly name: string }[]).map(({ name }) => name).sort(),
      FAULTS.toSorted(),
    )
  })

  it('says what it does not know', async () => {
    const { code, stdout, stderr } = await chaos('--only', 'a meteorite')
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /no fault has 'a meteorite' in its name/)
  })
})
