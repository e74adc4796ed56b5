import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { isTestFile, Program, root } from '../../scripts/program.ts'
import { allowed, pureRooms } from './ports.ts'
import { type Finding, impuritiesOf } from './purity.ts'
import { temporaryProject } from './temporary-project.ts'

describe('the pure rooms', () => {
  const program = new Program(`${root}/tsconfig.json`)
  after(() => program[Symbol.dispose]())
  const pure = program
    .paths()
    .filter((path) => pureRooms.some((room) => path.startsWith(room)) && !isTestFile(path))

  it('hold no clock, timer, randomness, network, file or process', () => {
    assert.ok(pure.length > 30, 'src was read')
    const found = pure.flatMap((path) => impuritiesOf(path, program))
    const isAllowed = ({ file, what }: Finding): boolean =>
      allowed.some((entry) => entry.file === file && entry.what === what)
    assert.deepEqual(
      found.filter((finding) => !isAllowed(finding)),
      [],
    )
    const unused = allowed.filter(
      (entry) => !found.some(({ file, what }) => file === entry.file && what === entry.what),
    )
    assert.deepEqual(unused, [], 'an exception is no longer needed: remove it from ports.ts')
  })

  it('would not hide any of these', () => {
    using project = temporaryProject({
      'src/engine/bad.ts': `import { createHash, randomBytes } from 'node:crypto'
export const wrong = [
  Date.now(), new Date(), Date(), Math.random(), randomBytes(4), performance.now(), crypto.randomUUID(),
  process.env, fetch('http://example.org'), setTimeout(() => {}, 1), setInterval(() => {}, 1),
  setImmediate(() => {}), queueMicrotask(() => {}), globalThis.location, console.log(1), await import('node:fs'),
  new Promise(() => {}), Promise.race([]), AbortSignal.timeout(1), new WebSocket('ws://example.org'),
  process.hrtime(),
]
export const right = [new Date(5), Date.parse('2026'), Math.max(1, 2), createHash('sha256'), { fetch: 1 }.fetch]
export type Right = Date | typeof setTimeout
`,
    })
    const found = impuritiesOf('src/engine/bad.ts', project.program).map(({ what }) => what)
    assert.deepEqual(found, [
      'import randomBytes',
      'Date.now',
      'new Date()',
      'new Date()',
      'Math.random',
      'performance',
      'crypto',
      'process',
      'fetch',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'globalThis',
      'console',
      'import()',
      'new Promise',
      'Promise.race',
      'AbortSignal.timeout',
      'WebSocket',
      'process',
    ])
  })
})
