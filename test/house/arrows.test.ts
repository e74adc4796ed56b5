import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { isTestFile, Program, root } from '../../scripts/program.ts'
import { importsOf } from './imports.ts'
import { exceptions, roomOf, rooms } from './rooms.ts'

describe('the rooms of src and the arrows between them', () => {
  const program = new Program(`${root}/tsconfig.json`)
  after(() => program[Symbol.dispose]())
  const code = program.paths().filter((path) => path.startsWith('src/') && !isTestFile(path))

  it('every folder and every file of src belongs to a room', () => {
    const folders = readdirSync(`${root}/src`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(`${root}/src/`.length))
      .filter((path) => !isTestFile(path))
    assert.ok(folders.length > 30, 'src was read')
    assert.deepEqual(
      folders.filter((path) => roomOf(path) === undefined),
      [],
    )
  })

  it('every room of the table exists, and every arrow of it leads to something that exists', () => {
    const paths = code.map((path) => path.slice('src/'.length))
    const exists = (at: string): boolean =>
      paths.some((path) => path === at || roomOf(path)?.at === at || path.startsWith(`${at}/`))
    assert.deepEqual(
      rooms.map(({ at }) => at).filter((at) => !exists(at)),
      [],
    )
    assert.deepEqual(
      rooms.flatMap(({ mayImport }) => mayImport).filter((at) => !exists(at)),
      [],
    )
  })

  it('no file imports a room or a package that its room may not import', () => {
    const wrong: string[] = []
    const used = new Set<string>()
    let count = 0
    for (const path of code) {
      for (const { from, to, isFile, place } of importsOf(program, path)) {
        count++
        const room = roomOf(from)
        assert.ok(room !== undefined, `${from} belongs to no room`)
        if (isFile ? mayImportFile(room.at, room.mayImport, to) : room.packages.includes(to)) continue
        const exception = exceptions.find((entry) => entry.file === from && entry.imports === to)
        if (exception === undefined) wrong.push(`${place}: '${room.at}' may not import '${to}'`)
        else used.add(`${exception.file} ${exception.imports}`)
      }
    }
    assert.ok(count > 100, 'imports were read')
    assert.deepEqual(wrong, [])
    assert.equal(used.size, exceptions.length, 'an exception is no longer needed: remove it from rooms.ts')
  })
})

function mayImportFile(own: string, mayImport: readonly string[], to: string): boolean {
  const target = roomOf(to)?.at
  return target !== undefined && (target === own || mayImport.includes(target) || mayImport.includes(to))
}
