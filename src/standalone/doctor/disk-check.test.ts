import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkDisk, judgeFlush, judgeRoom } from './disk-check.ts'

describe('the check of the disk', () => {
  it('measures room and flushes, and leaves nothing behind', () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-disk-'))
    try {
      const [room, flush] = checkDisk(folder)
      assert.match(room?.text ?? '', /^\d+ [GM]iB free$/)
      assert.match(flush?.text ?? '', /^a flush takes \d+\.\d ms$/)
      assert.deepEqual(readdirSync(folder), [])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('warns below 1 GiB and fails where the reserve of the journal does not fit', () => {
    assert.deepEqual(judgeRoom(20_000), { status: 'ok', text: '19 GiB free' })
    assert.equal(judgeRoom(1_024).status, 'ok')
    assert.equal(judgeRoom(1_023).status, 'warn')
    assert.equal(judgeRoom(96).status, 'warn')
    assert.equal(judgeRoom(95).status, 'fail')
  })

  it('warns of a slow disk and fails with one that does not keep up', () => {
    assert.equal(judgeFlush(3).status, 'ok')
    assert.equal(judgeFlush(26).status, 'warn')
    assert.equal(judgeFlush(1_001).status, 'fail')
  })
})
