import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileBytes } from './header.ts'
import { MemoryDisk } from './memory-disk.test-data.ts'
import { AREA_BYTES, idsOf, openSpool, OWNER, ProcessEnded, recordOf, spoolOn } from './spool.test-data.ts'

describe('the spool of a file', () => {
  it('has what was kept after a power cut, amounts included, until it is removed', async () => {
    const disk = new MemoryDisk()
    const spool = await openSpool(disk)
    for (const id of ['a', 'b', 'c']) await spool.add(recordOf(id))
    await spool.remove('b')
    await spool.remove('no such id')
    const next = await openSpool(disk.afterPowerCut())
    assert.deepEqual(next.entries(), [recordOf('a'), recordOf('c')])
    assert.equal(next.size, 2)
    assert.equal(next.bytes, spool.bytes)
  })

  it('flushes many records at once', async () => {
    const disk = new MemoryDisk()
    const spool = await openSpool(disk)
    const flushes = disk.flushes
    await Promise.all(Array.from({ length: 50 }, (_, index) => spool.add(recordOf(`r${index}`))))
    assert.ok(disk.flushes - flushes <= 2, `${disk.flushes - flushes} flushes`)
    assert.equal((await openSpool(disk.afterPowerCut())).size, 50)
  })

  it('does not say that a record is kept before it is flushed', async () => {
    const disk = new MemoryDisk()
    const spool = await openSpool(disk)
    disk.fault = (what) => {
      if (what === 'flush') assert.equal(spool.size, 0)
      return undefined
    }
    await spool.add(recordOf('a'))
    assert.equal(spool.size, 1)
  })

  it('takes answers past its high-water mark, without their raw messages, until it is full', async () => {
    const spool = await openSpool(new MemoryDisk())
    let kept = 0
    while (!spool.isPastHighWater) {
      await spool.add(recordOf(`full-${kept++}`, 2_000))
      assert.ok(spool.bytes <= AREA_BYTES)
    }
    const atMark = kept
    await assert.rejects(async () => {
      for (;;) await spool.add(recordOf(`short-${kept++}`, 2_000))
    }, /^CounterfoilError: Too many answers wait for the journal: answers\.spool: \d+ bytes more do not fit/)
    // Twenty long ones fill the first half; the other half has room for more than three times as many.
    assert.ok(kept - atMark > 3 * atMark, `${atMark} and ${kept - atMark}`)
    const [first] = spool.entries()
    assert.equal(first?.finding.evidence.raw?.length, 2_000)
    assert.equal(spool.entries().at(-1)?.finding.evidence.raw, undefined)
    await spool.remove('full-0')
    await spool.add(recordOf('again'))
  })

  it('wins back the room of what was removed, over and over, and keeps the rest', async () => {
    const disk = new MemoryDisk()
    const spool = await openSpool(disk)
    await spool.add(recordOf('stays'))
    for (let index = 0; index < 500; index++) {
      await spool.add(recordOf(`r${index}`, 1_000))
      await spool.remove(`r${index}`)
      if (index % 50 === 0) assert.deepEqual(idsOf(await openSpool(disk.afterPowerCut())), ['stays'])
    }
    assert.equal(disk.seen?.length, fileBytes(AREA_BYTES))
  })

  it('keeps a record that is too long without its raw message, and refuses one that still is', async () => {
    const spool = await openSpool(new MemoryDisk(), { bytesMax: 256 * 1024 })
    await spool.add(recordOf('long', 70_000))
    assert.equal(spool.entries()[0]?.finding.evidence.raw, undefined)
    const handover = { data: 'y'.repeat(70_000) }
    const huge = { ...recordOf('huge'), finding: { ...recordOf('huge').finding, handover } }
    await assert.rejects(spool.add(huge), { code: 'CF_SPOOL_FULL' })
  })

  it('is made anew in another size once it holds nothing', async () => {
    const disk = new MemoryDisk()
    const spool = await openSpool(disk)
    await spool.add(recordOf('a'))
    await spool.close()
    const other = await openSpool(disk, { bytesMax: 2 * AREA_BYTES })
    assert.equal(other.bytesMax, AREA_BYTES)
    assert.deepEqual(idsOf(other), ['a'])
    await other.remove('a')
    await other.close()
    assert.equal((await openSpool(disk, { bytesMax: 2 * AREA_BYTES })).bytesMax, 2 * AREA_BYTES)
  })

  it('refuses what is no spool, is of a newer version, or was cut off', async () => {
    const file = new MemoryDisk()
    await openSpool(file)
    const whole = file.seen as Buffer
    const newer = Buffer.from(whole)
    const cases: readonly (readonly [Buffer, RegExp])[] = [
      [Buffer.from('the notes of somebody else'), /is no spool/],
      [Buffer.alloc(0), /is no spool/],
      [whole.subarray(0, whole.length - 1), /was cut off/],
      [newer.fill(0, 8, 512).fill(0, 4_104, 4_608), /is damaged/],
    ]
    for (const [bytes, message] of cases) {
      await assert.rejects(openSpool(MemoryDisk.with(bytes)), { code: 'CF_SPOOL_UNAVAILABLE', message })
    }
  })

  it('is opened once, and takes nothing while it is not open', async () => {
    const spool = spoolOn(new MemoryDisk())
    await assert.rejects(spool.add(recordOf('a')), { code: 'CF_SPOOL_UNAVAILABLE' })
    await spool.open(OWNER)
    await assert.rejects(spool.open(OWNER), { code: 'CF_SPOOL_UNAVAILABLE' })
    await spool.close()
    await spool.close()
    await assert.rejects(spool.add(recordOf('a')), { code: 'CF_SPOOL_UNAVAILABLE' })
  })
})

describe('the disk of a spool', () => {
  it('that fails at a flush, or at a write with an input or output error, ends the process (F10)', async () => {
    for (const what of ['flush', 'write'] as const) {
      const disk = new MemoryDisk()
      const spool = await openSpool(disk)
      let struck = 0
      disk.fault = (operation) => (operation === what && struck++ === 0 ? 'EIO' : undefined)
      await assert.rejects(spool.add(recordOf('a')), ProcessEnded)
      assert.equal(spool.size, 0)
    }
  })

  it('that has no room any more refuses the record, and keeps what was kept (F11)', async () => {
    for (const code of ['ENOSPC', 'EDQUOT', 'EROFS']) {
      const disk = new MemoryDisk()
      const spool = await openSpool(disk)
      await spool.add(recordOf('a'))
      disk.fault = (what) => (what === 'write' ? code : undefined)
      await assert.rejects(spool.add(recordOf('b')), { code: 'CF_SPOOL_UNAVAILABLE' })
      await assert.rejects(spool.remove('a'), { code: 'CF_SPOOL_UNAVAILABLE' })
      disk.fault = () => undefined
      await spool.add(recordOf('c'))
      assert.deepEqual(idsOf(spool), ['a', 'c'])
      assert.deepEqual(idsOf(await openSpool(disk.afterPowerCut())), ['a', 'c'])
    }
  })

  it('that says ENOSPC at a flush ends the process too: what is on it is not known', async () => {
    const disk = new MemoryDisk()
    const spool = await openSpool(disk)
    disk.fault = (what) => (what === 'flush' ? 'ENOSPC' : undefined)
    await assert.rejects(spool.add(recordOf('a')), ProcessEnded)
  })

  it('may fail at any operation: whatever was told to be kept, and not to be removed, is there after it', async () => {
    for (let at = 1; ; at++) {
      const disk = new MemoryDisk()
      const spool = await openSpool(disk)
      disk.fault = (_what, count) => (count === at ? 'EIO' : undefined)
      const told = new Set<string>()
      const done = await failsAt(async () => {
        // Long enough for the room of what was removed to be won back twice.
        for (let index = 0; index < 60; index++) {
          await spool.add(recordOf(`r${index}`, 2_500))
          told.add(`r${index}`)
          if (index < 4) continue
          told.delete(`r${index - 3}`)
          await spool.remove(`r${index - 3}`)
        }
      })
      const found = new Set(idsOf(await openSpool(disk.afterPowerCut())))
      for (const id of told) assert.ok(found.has(id), `${id} is there, failed at ${at}`)
      if (done) {
        assert.ok(at > 100, `${at} operations`)
        return
      }
    }
  })
})

/** True when it came to its end. */
async function failsAt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    assert.ok(error instanceof ProcessEnded, String(error))
    return false
  }
}
