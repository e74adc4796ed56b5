import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { textOf } from '../../scripts/program.ts'
import { ExampleShop, surroundings } from './example-shop.ts'
import { OutsideProject, versionsHere } from './outside.ts'
import { buyTea } from './payer.ts'

const manifest = JSON.parse(textOf('examples/next/package.json')) as {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
const packages = { ...manifest.dependencies, ...manifest.devDependencies }
const NEXT = '../node_modules/next/dist/bin/next'

/** Next is not among the packages of this repository: it is installed where it is tried. */
describe('the example of Next, in a project of its own', () => {
  let outside: OutsideProject
  let folder: string

  before(async () => {
    outside = await OutsideProject.of(packages)
    folder = outside.copy('examples/next')
  })
  after(() => outside?.[Symbol.dispose]())

  it('has exact versions, and those of this repository where it has the same packages', () => {
    assert.deepEqual(
      Object.values(packages).filter((version) => !/^\d+\.\d+\.\d+$/.test(version)),
      [],
    )
    assert.deepEqual(packages, { ...packages, ...versionsHere('@types/node', 'typescript') })
  })

  it('builds, and takes payments with an engine that the build has not started', async () => {
    await using around = await surroundings()
    await outside.node([NEXT, 'build'], { folder, env: around.env })
    // Next would write its own options into it, and an example that changes itself is wrong.
    assert.equal(readFileSync(join(folder, 'tsconfig.json'), 'utf8'), textOf('examples/next/tsconfig.json'))
    assert.deepEqual(around.files(), [])

    await using shop = await ExampleShop.open(folder, [NEXT, 'start', '-p', String(around.port)], around)
    assert.ok(around.files().includes('payments.db'), 'the engine begins with the process')
    await buyTea(around.shopUrl, around.simulator)
    await buyTea(around.shopUrl, around.simulator)
    assert.doesNotMatch(shop.printed, /error|⨯|warn/i)
    await shop.end()
  })
})
