import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root, textOf } from '../../scripts/program.ts'
import { suites } from '../../scripts/test/suites.ts'

const PAGE = 'docs/explanation/security.md'

/** The rows of all tables but their heads: what each of them names as its tests. */
const rows = [...textOf(PAGE).matchAll(/^\| (?!Control|---)([^|]+) \|.*\| ([^|]*) \|$/gm)].map(
  ([, control = '', tests = '']) => ({
    control,
    tests: [...tests.matchAll(/\]\(([^)#]+\.test\.ts)\)/g)].map(([, link = '']) =>
      join('docs/explanation', link),
    ),
  }),
)

describe(PAGE, () => {
  it('names a test of each control, once each control', () => {
    assert.ok(rows.length > 20, 'controls were found')
    assert.deepEqual(
      rows.filter(({ tests }) => tests.length === 0).map(({ control }) => control),
      [],
    )
    assert.equal(new Set(rows.map(({ control }) => control)).size, rows.length)
  })

  it('names tests only that are there, and that `npm test` runs', () => {
    const run = new Set(
      suites.flatMap(({ tests = [], except = [] }) =>
        globSync([...tests], { cwd: root }).filter((path) => !except.includes(path)),
      ),
    )
    assert.deepEqual(
      rows.flatMap(({ tests }) => tests).filter((path) => !run.has(path)),
      [],
    )
  })
})
