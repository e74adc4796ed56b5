import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { allVariants } from '../../model/variants.ts'
import { root, textOf } from '../../scripts/program.ts'
import { suites } from '../../scripts/test/suites.ts'
import { mutationNames } from '../simulation/mutations.ts'

const PAGE = 'docs/explanation/promises.md'
const page = textOf(PAGE)
const { scripts } = JSON.parse(textOf('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>
}

/** The rows of all tables whose first cell is such a name: their cells. */
function rows(letter: string): readonly (readonly string[])[] {
  return [...page.matchAll(new RegExp(`^\\| (${letter}\\d+) \\|(.*)\\|$`, 'gm'))].map(
    ([, name = '', rest = '']) => [name, ...rest.split(' | ').map((cell) => cell.trim())],
  )
}

const testsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\]\(([^)#]+\.test\.ts)\)/g)].map(([, link = '']) => join('docs/explanation', link))
const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)

describe(PAGE, () => {
  it('has every promise, invariant and fault once', () => {
    const names = (letter: string): readonly (string | undefined)[] => rows(letter).map(([name]) => name)
    assert.deepEqual(names('P'), numbered('P', 6))
    assert.deepEqual(names('S'), numbered('S', 9))
    assert.deepEqual(names('L'), numbered('L', 3))
    assert.deepEqual(names('F'), numbered('F', 26))
  })

  it('names a test of each of them', () => {
    const without = [...rows('P'), ...rows('S'), ...rows('L'), ...rows('F')]
      .filter((cells) => testsIn(cells.at(-1) ?? '').length === 0)
      .map(([name]) => name)
    assert.deepEqual(without, [])
  })

  it('names tests only that are there, and that `npm test` runs', () => {
    const run = new Set(
      suites.flatMap(({ tests = [], except = [] }) =>
        globSync([...tests], { cwd: root }).filter((path) => !except.includes(path)),
      ),
    )
    const named = new Set(testsIn(page))
    assert.ok(named.size > 50, 'tests were found')
    assert.deepEqual(
      [...named].filter((path) => !run.has(path)),
      [],
    )
  })

  it('has each promise rest on assumptions that it lists, and lists none that nothing rests on', () => {
    const listed = rows('A').map(([name = '']) => name)
    const used = [...rows('P'), ...rows('S'), ...rows('L')].flatMap(([, , on = '']) =>
      on === 'none' ? [] : on.split(', '),
    )
    assert.deepEqual([...new Set(used)].toSorted(), listed.toSorted())
  })

  it('names mistakes that the model or the simulation really makes', () => {
    const made = new Set([...allVariants.flatMap(({ flags }) => flags), ...mutationNames])
    const named = rows('A').flatMap((cells) =>
      [...(cells.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    )
    assert.ok(named.length > 5, 'mistakes were found')
    assert.deepEqual(
      named.filter((name) => !made.has(name)),
      [],
    )
  })

  it('names commands that npm has', () => {
    const commands = [...page.matchAll(/`npm run ([a-z]+)/g)].map(([, name = '']) => name)
    assert.ok(commands.length >= 4, 'commands were found')
    assert.deepEqual(
      commands.filter((name) => scripts[name] === undefined),
      [],
    )
  })
})
