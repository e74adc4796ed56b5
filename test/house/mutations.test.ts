import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { root } from '../../scripts/program.ts'

/** A mistake in the protocol must be found within so many seeds. */
const SEEDS = 5_000
const MUTATIONS_MIN = 15
/** A replay tells everything that happens. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

interface Ended {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** The last line of `--json`, as far as it is looked at here. */
interface Summary {
  readonly violations: number
  readonly found: readonly [{ readonly seed: number; readonly invariant: string }]
}

async function simulate(...options: readonly string[]): Promise<Ended> {
  const argv = ['-C', 'counterfoil-source', 'test/simulation/main.ts', ...options]
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      argv,
      { cwd: root, timeout: 110_000, maxBuffer: OUTPUT_BYTES_MAX },
      (error, out, text) => {
        resolve({
          code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
          out,
          error: text,
        })
      },
    )
  })
}

const listed = await simulate('--list-mutations')
const names = listed.out.split('\n').filter((name) => name !== '')

describe('the simulation', { concurrency: 2 }, () => {
  it('knows the mistakes that the protocol forbids', () => {
    assert.equal(listed.code, 0, listed.error)
    assert.ok(names.length >= MUTATIONS_MIN, names.join(', '))
    assert.equal(new Set(names).size, names.length)
  })

  for (const name of names) {
    it(`finds the mistake '${name}' within ${SEEDS} seeds, naming invariant and seed, and nothing without it`, async () => {
      const { code, out, error } = await simulate('--seeds', String(SEEDS), '--mutate', name, '--json')
      const last = out.trim().split('\n').at(-1) ?? ''
      assert.equal(code, 1, `exit code ${code}\n${last}\n${error}`)
      const { violations, found } = JSON.parse(last) as Summary
      assert.ok(violations > 0, last)
      const [{ seed, invariant }] = found
      assert.match(invariant, /^(?:[SL][1-9]|F15)$/)
      const sound = await simulate('--replay', String(seed), '--json')
      assert.equal(sound.code, 0, `seed ${seed} fails without the mistake too`)
    })
  }
})
