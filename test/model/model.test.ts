import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { quickVariants } from '../../model/variants.ts'
import { type Ended, runToEnd } from '../run-to-end.ts'

/** The model bounds each of its searches; this is for when it does not. SPIN may have to be installed first. */
const MODEL_WITHIN_MS = 240_000

interface Search {
  readonly name: string
  readonly verdict: string
  readonly isAsExpected: boolean
  readonly why?: string
  readonly states: number
}

function model(options: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ended> {
  const program = [process.execPath, '-C', 'counterfoil-source', 'model/main.ts', ...options] as const
  return runToEnd(program, {
    withinMs: MODEL_WITHIN_MS,
    ...(environment === undefined ? {} : { environment }),
  })
}

const ended = await model(['--quick', '--json'])
const searches = searchesOf(ended)

function searchesOf({ stdout }: Ended): readonly Search[] {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  return last.startsWith('{') ? (JSON.parse(last) as { readonly searches: readonly Search[] }).searches : []
}

describe('the model of the protocol', () => {
  it('is searched as a whole, in one line of JSON, and is as expected', () => {
    assert.equal(ended.code, 0, `${ended.stdout}\n${ended.stderr}`)
    assert.equal(ended.stdout.trimEnd().split('\n').length, 1)
    assert.deepEqual(
      searches.map(({ name }) => name),
      quickVariants.map(({ name }) => name),
    )
  })

  it('is checked with different mistakes, ten at least, under different names', () => {
    assert.equal(new Set(quickVariants.map(({ name }) => name)).size, quickVariants.length)
    assert.equal(
      new Set(quickVariants.map(({ model, flags }) => `${model} ${flags.join(' ')}`)).size,
      quickVariants.length,
    )
    assert.ok(quickVariants.filter(({ expected }) => expected !== 'holds').length >= 10)
  })

  for (const { name, expected } of quickVariants) {
    const found = searches.find((search) => search.name === name)
    const told = JSON.stringify(found)
    if (expected === 'holds') {
      it(`holds: ${name}; every story but those that cannot be is reached`, () => {
        assert.equal(found?.verdict, 'holds', told)
        assert.ok(found?.isAsExpected, told)
        assert.ok((found?.states ?? 0) > 100_000, told)
      })
    } else {
      it(`refutes by ${expected}: ${name}`, () => {
        assert.ok(found?.verdict.startsWith(`${expected}_`), told)
        assert.ok(found?.isAsExpected, told)
      })
    }
  }

  it('ends with 2 and the command that helps when SPIN is not there and cannot be installed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-no-spin-'))
    try {
      symlinkSync('/bin/true', join(folder, 'gcc'))
      const { code, stdout, stderr } = await model(['--quick'], { ...process.env, PATH: folder })
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
      assert.equal(stderr, 'model: it needs spin: apt-get install spin\n')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('ends with 2 when it is called with an option that it does not have', async () => {
    const { code, stdout, stderr } = await model(['--fast'])
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
    assert.match(stderr, /^model: .*--fast/)
  })
})
