import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acts, actsOfCluster, clusterFaults, faults, finale } from '../../demo/catalogue.ts'
import { textOf } from '../../scripts/program.ts'

const page = textOf('docs/reference/faults.md')

/** The first cells of the tables below a heading, up to the next heading of its kind. */
function namesBelow(heading: string): readonly string[] {
  const part = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
  return [...part.matchAll(/^\| ([^|]+?) \|/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'Fault' && !name.startsWith('---'))
}

describe('the page of faults', () => {
  it('lists what the demo meets, under the same names and in the same order', () => {
    assert.deepEqual(
      namesBelow('Met by the demo'),
      faults.map(({ name }) => name),
    )
  })

  it('lists what it meets with several nodes in the same way', () => {
    assert.deepEqual(
      namesBelow('Met with several nodes'),
      clusterFaults.map(({ name }) => name),
    )
  })

  it('has a test for each that is shown elsewhere, and none of them is met by the demo', () => {
    const shown = namesBelow('Shown by other tests')
    assert.ok(shown.length > 5)
    assert.deepEqual(
      faults.filter(({ name }) => shown.includes(name)),
      [],
    )
  })
})

describe('the acts of the demo', () => {
  it('play every fault exactly once', () => {
    const played = [...acts, finale].flatMap((act) => act.faults.map(({ name }) => name))
    assert.deepEqual(played.toSorted(), faults.map(({ name }) => name).toSorted())
  })

  it('play every fault of several nodes exactly once, too', () => {
    const played = actsOfCluster.flatMap((act) => act.faults.map(({ name }) => name))
    assert.deepEqual(played.toSorted(), clusterFaults.map(({ name }) => name).toSorted())
  })
})
