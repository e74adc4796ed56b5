import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { sqliteTries } from '../../server/tries/sqlite-tries.ts'
import { checkCardTesting } from './card-testing-check.ts'
import { configured, newFolder, removed } from './doctor.test-data.ts'

const folder = newFolder()
after(() => removed(folder))

describe('the check of the store against card testing', () => {
  it('is well before the first start and beside a server that counts', async () => {
    const here = configured({ dataFolder: folder })
    assert.match((await checkCardTesting(here)).text, /is made at the first start/)
    const tries = sqliteTries(join(folder, 'tries.db'))
    try {
      const checked = await checkCardTesting(here)
      assert.deepEqual([checked.status, checked.text.endsWith('tries.db opens')], ['ok', true])
    } finally {
      await tries.close()
    }
  })

  it('warns when all payers would seem to come from one address', async () => {
    const behind = { publicUrl: 'https://shop.example/pay', dataFolder: folder }
    const checked = await checkCardTesting(configured(behind))
    assert.deepEqual([checked.status, /address of the proxy/.test(checked.text)], ['warn', true])
    assert.equal((await checkCardTesting(configured({ ...behind, trustProxy: ['127.0.0.1'] }))).status, 'ok')
  })

  it('fails with a file that is none of its own', async () => {
    const other = newFolder()
    try {
      writeFileSync(join(other, 'tries.db'), 'a shopping list\n'.repeat(100))
      const checked = await checkCardTesting(configured({ dataFolder: other }))
      assert.equal(checked.status, 'fail')
      assert.match(checked.todo ?? '', /counts begin anew/)
    } finally {
      removed(other)
    }
  })
})
