import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { faults } from '../../demo/catalogue.ts'
import { type Ended, runToEnd } from '../run-to-end.ts'

/** The demo bounds itself; this is for when it does not. */
const DEMO_WITHIN_MS = 170_000

function demo(...options: readonly string[]): Promise<Ended> {
  return runToEnd(['npm', 'run', '--silent', 'demo', '--', ...options], { withinMs: DEMO_WITHIN_MS })
}

describe('npm run demo', () => {
  it('meets every fault, charges nobody twice, and says so in one line of JSON', async () => {
    const { code, stdout, stderr } = await demo('--orders', String(faults.length), '--json')
    assert.equal(code, 0, `${stdout}\n${stderr}`)
    const { seconds, paid, declined, reversed, cases, ...rest } = JSON.parse(
      stdout.trimEnd().split('\n').at(-1) ?? '',
    ) as Readonly<Record<string, number>>
    assert.deepEqual(rest, {
      orders: faults.length,
      doubleCharges: 0,
      differences: 0,
      faults: faults.map(({ name }) => ({ name, met: true })),
    })
    assert.equal((paid ?? 0) + (declined ?? 0) + (reversed ?? 0), faults.length, 'each order counts once')
    assert.ok((paid ?? 0) > faults.length / 2 && (reversed ?? 0) > 0 && (cases ?? 0) > 0, stdout)
    assert.ok((seconds ?? 0) > 0)
    assert.equal(stripVTControlCharacters(stdout), stdout, 'no colours in a pipe')
    assert.match(stderr, / through, \d+ kills?, \d+ s: /)
  })

  it('says what it takes to have several nodes', async () => {
    const alone = await demo('--nodes', '3')
    assert.deepEqual([alone.code, alone.stdout], [1, ''])
    assert.match(alone.stderr, /--nodes of more than 1 needs --journal postgres/)
    const tooMany = await demo('--nodes', '6', '--journal', 'postgres')
    assert.match(tooMany.stderr, /--nodes must be a whole number from 1 to 5, not '6'/)
    const unknown = await demo('--journal', 'paper')
    assert.match(unknown.stderr, /--journal must be sqlite or postgres, not 'paper'/)
    const tooFew = await demo('--nodes', '2', '--journal', 'postgres', '--orders', String(faults.length))
    assert.match(
      tooFew.stderr,
      new RegExp(`--orders must be a whole number from ${faults.length + 3} to 2000`),
    )
  })

  it('says how many orders it needs when there are too few', async () => {
    const { code, stdout, stderr } = await demo('--orders', String(faults.length - 1))
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, new RegExp(`--orders must be a whole number from ${faults.length} to 2000`))
  })
})
