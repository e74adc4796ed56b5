import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { isStringLiteral } from 'typescript/unstable/ast/is'
import { isTestFile, placeOf, Program, root, textOf, walk } from '../../scripts/program.ts'
import { errorRegistry } from '../../src/errors.ts'

const codes = Object.keys(errorRegistry)
const CODE = /\bCF_[A-Z]+(?:_[A-Z]+)*\b(?!_)/g

describe('the codes of errors', () => {
  const program = new Program(`${root}/tsconfig.json`)
  after(() => program[Symbol.dispose]())
  const ours = program.paths().filter((path) => path.startsWith('src/') && path !== 'src/errors.ts')

  it('that are thrown or answered anywhere in src are in the registry', () => {
    const unknown = ours.flatMap((path) => codesIn(program, path).filter(({ code }) => !codes.includes(code)))
    assert.deepEqual(unknown, [])
  })

  it('of the registry are each thrown or answered somewhere in src', () => {
    const used = new Set(
      ours
        .filter((path) => !isTestFile(path))
        .flatMap((path) => codesIn(program, path).map(({ code }) => code)),
    )
    assert.deepEqual(
      codes.filter((code) => !used.has(code)),
      [],
    )
  })

  it('that comments speak of are in the registry', () => {
    const unknown = ours.flatMap((path) => {
      const found = textOf(path).match(CODE) ?? []
      return found.filter((code) => !codes.includes(code)).map((code) => `${path}: ${code}`)
    })
    assert.deepEqual(unknown, [])
  })

  it('are each documented once, with status and remedy', () => {
    const rows = textOf('docs/reference/errors.md').match(/^\| `CF_.*$/gm) ?? []
    const expected = Object.entries(errorRegistry)
    assert.equal(rows.length, expected.length)
    for (const [index, [code, { status, title, remedy }]] of expected.entries()) {
      for (const part of [`\`${code}\``, String(status), title, remedy])
        assert.ok(rows[index]?.includes(part), part)
    }
  })
})

/** Codes stand in string literals, wherever they are thrown: in a call, in a table, in a condition. */
function codesIn(
  program: Program,
  path: string,
): readonly { readonly code: string; readonly place: string }[] {
  const file = program.file(path)
  const found: { code: string; place: string }[] = []
  walk(file, (node) => {
    if (!isStringLiteral(node) || !/^CF_[A-Z_]*[A-Z]$/.test(node.text)) return
    found.push({ code: node.text, place: placeOf(path, node, file) })
  })
  return found
}
