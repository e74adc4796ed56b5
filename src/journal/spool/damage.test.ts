import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AREA_BYTES, idsOf, OWNER, openSpool, recordOf, spoolOn } from './spool.test-data.ts'
import { placeOf } from './header.ts'
import { MemoryDisk } from './memory-disk.test-data.ts'

/** A spool of five records, and what it was before the last one. */
async function images() {
  const disk = new MemoryDisk()
  const spool = await openSpool(disk)
  for (const id of ['a', 'b', 'c', 'd']) await spool.add(recordOf(id, 20))
  const before = Buffer.from(disk.seen as Buffer)
  const from = placeOf({ generation: 1, area: 0, areaBytes: AREA_BYTES })
  const lastAt = from + spool.bytes
  await spool.add(recordOf('e', 20))
  return { before, after: Buffer.from(disk.seen as Buffer), from, lastAt, endAt: from + spool.bytes }
}

async function foundIn(bytes: Buffer) {
  const spool = spoolOn(MemoryDisk.with(bytes))
  const opened = await spool.open(OWNER)
  return { spool, ids: idsOf(spool), ...opened }
}

describe('a damaged spool', () => {
  it('that was torn at any byte of its last record has all before it, and goes on (F10)', async () => {
    const { before, after, lastAt, endAt } = await images()
    for (let at = lastAt; at < endAt; at++) {
      const torn = Buffer.concat([after.subarray(0, at), before.subarray(at)])
      const disk = MemoryDisk.with(torn)
      const spool = spoolOn(disk)
      const { damaged, torn: isTorn } = await spool.open(OWNER)
      assert.deepEqual(idsOf(spool), ['a', 'b', 'c', 'd'], `torn at ${at - lastAt}`)
      assert.equal(damaged, 0)
      // Of its first bytes nobody can tell; nobody was told that it is kept either.
      assert.equal(isTorn, at - lastAt >= 8, `torn at ${at - lastAt}`)
      await spool.add(recordOf('f'))
      assert.deepEqual(idsOf(await openSpool(disk.afterPowerCut())), ['a', 'b', 'c', 'd', 'f'])
    }
  })

  it('whose last record has its end and not its beginning has all before it', async () => {
    const { before, after, lastAt, endAt } = await images()
    for (let at = lastAt + 1; at < endAt; at++) {
      const torn = Buffer.concat([before.subarray(0, at), after.subarray(at)])
      assert.deepEqual((await foundIn(torn)).ids, ['a', 'b', 'c', 'd'])
    }
  })

  it('with any one byte flipped lacks at most one record, and says so', async () => {
    const { after, from, lastAt, endAt } = await images()
    for (let at = from; at < endAt; at++) {
      const flipped = Buffer.from(after)
      flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at)
      const { ids, damaged, torn } = await foundIn(flipped)
      assert.equal(ids.length, 4, `flipped at ${at - from}`)
      assert.equal(ids.at(-1), at < lastAt ? 'e' : 'd')
      assert.deepEqual([damaged, torn], at < lastAt ? [1, false] : [0, true], `flipped at ${at - from}`)
    }
  })

  it('with any one byte of a header flipped lacks nothing, and has both headers again', async () => {
    const { after } = await images()
    for (let copy = 0; copy <= 4_096; copy += 4_096) {
      for (let at = copy; at < copy + 40; at++) {
        const flipped = Buffer.from(after)
        flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at)
        const disk = MemoryDisk.with(flipped)
        assert.deepEqual(idsOf(await openSpool(disk)), ['a', 'b', 'c', 'd', 'e'], `flipped at ${at}`)
        assert.deepEqual(disk.durable, after)
      }
    }
  })

  it('has nothing of an earlier use of its place', async () => {
    const disk = new MemoryDisk()
    const spool = await openSpool(disk)
    // Both areas have been full of records of one length, so that what lies behind the end begins like a record.
    for (let index = 0; index < 400; index++) {
      await spool.add(recordOf(`r${1_000 + index}`, 500))
      await spool.remove(`r${1_000 + index}`)
    }
    await spool.add(recordOf('r2000', 500))
    const { ids, damaged, torn } = await foundIn(disk.seen as Buffer)
    assert.deepEqual([ids, damaged, torn], [['r2000'], 0, false])
  })
})
