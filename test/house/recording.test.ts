import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'
import { root } from '../../scripts/program.ts'
import { animated, chunksOf } from '../../scripts/record/apng.ts'

const PICTURES = ['docs/pictures/two-minutes.png']
const SHOWN_AT_MOST_MS = 120_000
/** A page of the documentation should open at once. */
const BYTES_MAX = 2_000_000

describe('an animation of pictures', () => {
  it('shows each for its time, one after the other', () => {
    const animation = animated([
      { png: grey(2, 2, 0), shownMs: 500 },
      { png: grey(2, 2, 255), shownMs: 1_500 },
    ])
    const chunks = chunksOf(animation)
    assert.deepEqual(
      chunks.map(({ type }) => type),
      ['IHDR', 'acTL', 'fcTL', 'IDAT', 'fcTL', 'fdAT', 'IEND'],
    )
    assert.deepEqual(shownMs(animation), [500, 1_500])
    const sequences = chunks.filter(({ type }) => /^f[cd]/.test(type)).map(({ data }) => data.readUInt32BE(0))
    assert.deepEqual(sequences, [0, 1, 2])
  })

  it('refuses pictures of different sizes, and what is no picture', () => {
    const first = { png: grey(2, 2, 0), shownMs: 1 }
    assert.throws(() => animated([first, { png: grey(3, 2, 0), shownMs: 1 }]), /picture 2 has not the size/)
    assert.throws(() => animated([{ png: Buffer.from('no'), shownMs: 1 }]), /no PNG/)
    assert.throws(() => animated([]), /needs a picture/)
  })
})

describe('the recording', () => {
  for (const path of PICTURES) {
    it(`${path} takes two minutes at most, and is small enough for a page`, () => {
      const picture = readFileSync(join(root, path))
      const times = shownMs(picture)
      assert.ok(times.length > 10, 'it shows something')
      assert.ok(times.reduce((sum, time) => sum + time, 0) <= SHOWN_AT_MOST_MS)
      assert.ok(picture.length <= BYTES_MAX, `${picture.length} bytes`)
    })
  }
})

function shownMs(animation: Buffer): readonly number[] {
  return chunksOf(animation)
    .filter(({ type }) => type === 'fcTL')
    .map(({ data }) => data.readUInt16BE(20))
}

/** A picture of one grey, 8 bits for each pixel. */
function grey(width: number, height: number, shade: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const row = Buffer.from([0, ...Array.from({ length: width }, () => shade)])
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...[
      ['IHDR', header],
      ['IDAT', pixels],
      ['IEND', Buffer.alloc(0)],
    ].map(([type, data]) => chunk(String(type), data as Buffer)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}
