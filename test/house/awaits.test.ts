import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { isTestFile, Program, root } from '../../scripts/program.ts'
import { awaitsOf } from './awaits.ts'
import { portFiles } from './ports.ts'
import { temporaryProject } from './temporary-project.ts'

describe('what the engine waits for', () => {
  const program = new Program(`${root}/tsconfig.json`)
  after(() => program[Symbol.dispose]())

  it('always ends in a port', () => {
    const engine = program.paths().filter((path) => path.startsWith('src/engine/') && !isTestFile(path))
    const awaits = engine.flatMap((path) => awaitsOf(path, program))
    assert.ok(awaits.filter(({ endsIn }) => endsIn === 'port').length > 10, 'awaits of ports were found')
    assert.deepEqual(
      awaits.filter(({ endsIn }) => endsIn === undefined),
      [],
    )
  })

  it('is declared in ports that exist', () => {
    const paths = program.paths()
    assert.deepEqual(
      portFiles.filter((path) => !paths.includes(path)),
      [],
    )
  })

  it('would be found out if it were anything else', () => {
    using project = temporaryProject({
      'src/journal/journal.ts': 'export interface Journal { read(): Promise<number> }',
      'src/elsewhere.ts': 'export async function dial(): Promise<number> { return 1 }',
      'src/engine/bad.ts': `import type { Journal } from '../journal/journal.ts'
import { dial } from '../elsewhere.ts'
async function own(journal: Journal): Promise<number> { return (await journal.read()) + 1 }
export async function run(journal: Journal | undefined, many: Promise<number>[]) {
  await dial()
  await fetch('http://example.org')
  await Promise.race(many)
  await new Promise(() => {})
  await (async () => 1)()
  for await (const one of (await fetch('http://example.org')).body!) String(one)
  await journal?.read()
  await own(journal!)
  await Promise.all(many)
  const pending = own(journal!)
  await pending
}
`,
    })
    const ends = awaitsOf('src/engine/bad.ts', project.program).map(
      ({ text, endsIn }) => `${endsIn}: ${text}`,
    )
    assert.deepEqual(ends, [
      'port: journal.read()',
      'undefined: dial()',
      "undefined: fetch('http://example.org')",
      'undefined: Promise.race(many)',
      'undefined: new Promise(() => {})',
      'undefined: (async () => 1)()',
      "undefined: (await fetch('http://example.org')).body!",
      "undefined: fetch('http://example.org')",
      'port: journal?.read()',
      'engine: own(journal!)',
      'all: Promise.all(many)',
      'engine: pending',
    ])
  })
})
