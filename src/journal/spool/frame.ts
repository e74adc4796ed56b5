import { createHash } from 'node:crypto'

/**
 * How one record lies in the file:
 *
 *   0   marker      8 bytes, two of which no UTF-8 text can hold: a reader that is lost finds the next frame by it
 *   8   generation  4 bytes; what an earlier use of the place has left is told apart by it
 *   12  number      4 bytes, from 1, one more for each frame
 *   16  kind        1 byte, and 3 of nothing
 *   20  length      4 bytes
 *   24  checksum    16 bytes of SHA-256 over all of the above and the payload
 *   40  payload     UTF-8
 *
 * Numbers are little-endian.
 */
const MARKER = Buffer.from([0xff, 0x43, 0x46, 0x61, 0x6e, 0x73, 0x77, 0xfe])
const CHECKED_BYTES = 24
const CHECKSUM_BYTES = 16
export const FRAME_HEAD_BYTES = CHECKED_BYTES + CHECKSUM_BYTES

/** `kept` has a record as its payload, `removed` the id of one. */
export type FrameKind = 'kept' | 'removed'
const KINDS: readonly FrameKind[] = ['kept', 'removed']

export interface Frame {
  readonly kind: FrameKind
  readonly payload: string
}

/** What was read of an area of the file. */
export interface Scan {
  readonly frames: readonly Frame[]
  /** Behind the last frame. */
  readonly endAt: number
  readonly nextNumber: number
  /** Frames that stood before one that can be read, and cannot be read themselves. */
  readonly damaged: number
  /** A frame begins at the end, and is not whole. */
  readonly torn: boolean
}

export function frameOf({ kind, payload }: Frame, generation: number, number: number): Buffer {
  const text = Buffer.from(payload, 'utf8')
  const frame = Buffer.alloc(FRAME_HEAD_BYTES + text.length)
  MARKER.copy(frame)
  frame.writeUInt32LE(generation, 8)
  frame.writeUInt32LE(number, 12)
  frame.writeUInt8(KINDS.indexOf(kind), 16)
  frame.writeUInt32LE(text.length, 20)
  text.copy(frame, FRAME_HEAD_BYTES)
  checksumOf(frame).copy(frame, CHECKED_BYTES)
  return frame
}

/**
 * Reads the frames of one generation. What cannot be read is passed over, and the next marker of a whole frame is
 * where it goes on; what stands behind the last whole frame was never told to be kept, or is of an earlier generation.
 */
export function scan(area: Buffer, generation: number): Scan {
  const frames: Frame[] = []
  let endAt = 0
  let last = 0
  let damaged = 0
  for (let at = area.indexOf(MARKER); at >= 0; at = area.indexOf(MARKER, at)) {
    const found = frameAt(area, at, generation)
    if (found === undefined || found.number <= last) {
      at++
      continue
    }
    damaged += found.number - last - 1
    frames.push(found.frame)
    last = found.number
    at += found.bytes
    endAt = at
  }
  return { frames, endAt, nextNumber: last + 1, damaged, torn: beginsAt(area, endAt, generation) }
}

interface Found {
  readonly frame: Frame
  readonly number: number
  readonly bytes: number
}

function frameAt(area: Buffer, at: number, generation: number): Found | undefined {
  if (at + FRAME_HEAD_BYTES > area.length || area.readUInt32LE(at + 8) !== generation) return undefined
  const bytes = FRAME_HEAD_BYTES + area.readUInt32LE(at + 20)
  const kind = KINDS[area.readUInt8(at + 16)]
  if (at + bytes > area.length || kind === undefined) return undefined
  const whole = area.subarray(at, at + bytes)
  const told = whole.subarray(CHECKED_BYTES, FRAME_HEAD_BYTES)
  if (!checksumOf(whole).equals(told)) return undefined
  const payload = whole.toString('utf8', FRAME_HEAD_BYTES)
  return { frame: { kind, payload }, number: area.readUInt32LE(at + 12), bytes }
}

/** Behind the last frame lies what was there before: noise, or a whole frame of an earlier generation. */
function beginsAt(area: Buffer, at: number, generation: number): boolean {
  if (at + FRAME_HEAD_BYTES > area.length) return false
  const theirs = area.readUInt32LE(at + 8)
  const isMarked = area.subarray(at, at + MARKER.length).equals(MARKER)
  return theirs === generation || (isMarked && frameAt(area, at, theirs) === undefined)
}

function checksumOf(frame: Buffer): Buffer {
  const hash = createHash('sha256')
  hash.update(frame.subarray(0, CHECKED_BYTES))
  hash.update(frame.subarray(FRAME_HEAD_BYTES))
  return hash.digest().subarray(0, CHECKSUM_BYTES)
}
