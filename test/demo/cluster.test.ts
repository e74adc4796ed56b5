import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { actsOfCluster, acts, clusterFaults, most } from '../../demo/catalogue.ts'
import { Progress } from '../../demo/progress.ts'
import { isGood } from '../../demo/result.ts'
import { run } from '../../demo/run.ts'
import { table } from '../../demo/table.ts'

const ORDERS = 30
const SILENT = { write: () => true, isTTY: false, columns: 80 } as const

describe('three nodes on one journal in PostgreSQL', () => {
  it('are killed, paused and replaced, and no payer is charged twice, lost or turned away', async () => {
    const storm = acts.filter(({ faults }) => faults.includes(most))
    const progress = new Progress(ORDERS, SILENT)
    const played = await run({
      orders: ORDERS,
      seed: 11,
      progress,
      journal: 'postgres',
      nodes: 3,
      acts: [...actsOfCluster, ...storm],
    }).finally(() => progress.end())
    assert.ok(isGood(played), table(played, false))
    assert.equal(played.total.orders, ORDERS)
    assert.equal(played.refusedByDrain, 0)
    assert.ok(played.kills >= 2)
    const { met: paused = 0 } = played.rows.find(({ fault }) => fault === clusterFaults[0]?.name) ?? {}
    assert.ok(paused > 0 && played.takeovers >= paused, `${played.takeovers} payments changed hands`)
  })
})
