import { constants, crc32, deflateSync, inflateSync } from 'node:zlib'

/** One picture of an animation: a PNG file, and for how long it is shown. */
export interface Frame {
  readonly png: Buffer
  readonly shownMs: number
}

interface Chunk {
  readonly type: string
  readonly data: Buffer
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/**
 * Pictures of the same size and colours as one animated PNG, which repeats for ever. The size of a frame is that of its
 * picture: nothing is cut to what has changed.
 *
 * @throws Error when a picture is no PNG, or not like the first.
 */
export function animated(frames: readonly Frame[]): Buffer {
  const pictures = frames.map(({ png, shownMs }) => ({ ...pictureOf(png), shownMs }))
  const [first] = pictures
  if (first === undefined) throw new Error('an animation needs a picture')
  const chunks: Chunk[] = [
    { type: 'IHDR', data: first.header },
    { type: 'acTL', data: numbers(pictures.length, 0) },
  ]
  let sequence = 0
  for (const [at, { header, pixels, shownMs }] of pictures.entries()) {
    if (!header.equals(first.header)) throw new Error(`picture ${at + 1} has not the size of the first`)
    chunks.push({ type: 'fcTL', data: frameControl(sequence++, header, shownMs) })
    chunks.push(
      at === 0
        ? { type: 'IDAT', data: pixels }
        : { type: 'fdAT', data: Buffer.concat([numbers(sequence++), pixels]) },
    )
  }
  chunks.push({ type: 'IEND', data: Buffer.alloc(0) })
  return Buffer.concat([SIGNATURE, ...chunks.map(written)])
}

function pictureOf(png: Buffer): { readonly header: Buffer; readonly pixels: Buffer } {
  const chunks = chunksOf(png)
  const header = chunks.find(({ type }) => type === 'IHDR')?.data
  if (header === undefined) throw new Error('a picture has no header')
  const pixels = inflateSync(
    Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)),
  )
  // Browsers compress screenshots for speed; this is made once and read often.
  return { header, pixels: deflateSync(pixels, { level: constants.Z_BEST_COMPRESSION }) }
}

/** The chunks of a PNG file, in their order. */
export function chunksOf(png: Buffer): readonly Chunk[] {
  if (!png.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new Error('a picture is no PNG')
  const chunks: Chunk[] = []
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    })
    at += length + 12
  }
  return chunks
}

/** Shown whole, from the corner, for a time in thousandths of a second, instead of what was there. */
function frameControl(sequence: number, header: Buffer, shownMs: number): Buffer {
  const control = Buffer.alloc(26)
  control.writeUInt32BE(sequence, 0)
  header.copy(control, 4, 0, 8)
  control.writeUInt16BE(shownMs, 20)
  control.writeUInt16BE(1_000, 22)
  return control
}

function numbers(...values: readonly number[]): Buffer {
  const data = Buffer.alloc(4 * values.length)
  for (const [at, value] of values.entries()) data.writeUInt32BE(value, 4 * at)
  return data
}

function written({ type, data }: Chunk): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  return Buffer.concat([numbers(data.length), named, numbers(crc32(named))])
}
