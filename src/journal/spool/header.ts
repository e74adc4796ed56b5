import { createHash } from 'node:crypto'
import { failure } from '../../errors.ts'

/*
 * The file: two copies of a header, and two areas of the same size, of which one is in use.
 *
 *   0      header       512 bytes
 *   4096   header       the same once more: a crash between the two leaves the older one
 *   8192   area 0
 *   ...    area 1
 *
 * When the area in use is full of what was removed, the rest is copied into the other one, under a new generation.
 */

const MAGIC = Buffer.from('CFspool\n')
const VERSION = 1
export const HEADER_BYTES = 512
export const HEADER_PLACES: readonly number[] = [0, 4_096]
const AREAS_AT = 8_192
/** Reading a longer one would be a mistake of whoever gave the path. */
export const AREA_BYTES_MIN = 64 * 1024
export const AREA_BYTES_MAX = 512 * 1024 * 1024

const CHECKED_BYTES = 24
const CHECKSUM_BYTES = 16

export interface Header {
  readonly generation: number
  /** The area in use. */
  readonly area: 0 | 1
  /** Of each of the two. */
  readonly areaBytes: number
}

export function placeOf({ area, areaBytes }: Header): number {
  return AREAS_AT + area * areaBytes
}

export function fileBytes(areaBytes: number): number {
  return AREAS_AT + 2 * areaBytes
}

export function headerBlock({ generation, area, areaBytes }: Header): Buffer {
  const block = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(block)
  block.writeUInt32LE(VERSION, 8)
  block.writeUInt32LE(generation, 12)
  block.writeUInt32LE(area, 16)
  block.writeUInt32LE(areaBytes, 20)
  checksumOf(block).copy(block, CHECKED_BYTES)
  return block
}

export interface FoundHeader {
  readonly header: Header
  /** Both copies say so. */
  readonly isTwice: boolean
}

/**
 * The header that rules: the newer of the two that are whole.
 *
 * @throws CF_SPOOL_UNAVAILABLE for a file that is no spool, of a newer version, or damaged beyond reading.
 */
export function headerIn(file: Buffer, path: string): FoundHeader {
  const whole: Header[] = []
  let isSpool = false
  for (const at of HEADER_PLACES) {
    const block = file.subarray(at, at + HEADER_BYTES)
    if (block.length < HEADER_BYTES || !block.subarray(0, MAGIC.length).equals(MAGIC)) continue
    isSpool = true
    if (!checksumOf(block).equals(block.subarray(CHECKED_BYTES, CHECKED_BYTES + CHECKSUM_BYTES))) continue
    const version = block.readUInt32LE(8)
    if (version > VERSION) {
      throw failure('CF_SPOOL_UNAVAILABLE', `${path} was written by a newer version; run that, or move it`)
    }
    whole.push({
      generation: block.readUInt32LE(12),
      area: block.readUInt32LE(16) === 0 ? 0 : 1,
      areaBytes: block.readUInt32LE(20),
    })
  }
  const [newest] = whole.toSorted((one, other) => other.generation - one.generation)
  if (newest === undefined) {
    const what = isSpool ? 'is damaged' : 'is no spool'
    throw failure('CF_SPOOL_UNAVAILABLE', `${path} ${what}: move it away; what stood in it is inquired about`)
  }
  if (file.length < fileBytes(newest.areaBytes)) {
    throw failure(
      'CF_SPOOL_UNAVAILABLE',
      `${path} was cut off: move it away; what stood in it is inquired about`,
    )
  }
  return { header: newest, isTwice: whole.length === 2 && whole[0]?.generation === whole[1]?.generation }
}

function checksumOf(block: Buffer): Buffer {
  return createHash('sha256').update(block.subarray(0, CHECKED_BYTES)).digest().subarray(0, CHECKSUM_BYTES)
}
