import { randomFillSync } from 'node:crypto'
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { faultOf } from '../../sqlite/fault.ts'

export const RESERVE_FILE_SUFFIX = '-reserve'

/**
 * Kept free for answers when the disk is full (F11). One answer alone in its batch takes 25 KB of the log, so even
 * where the log cannot be copied into the file this is enough for more than a thousand: the payments that are under
 * way at one time are fewer.
 */
export const RESERVE_BYTES = 32 * 1024 * 1024

const BLOCK_BYTES = 64 * 1024

/** Room on the disk that can be given back. */
export interface Reserve {
  readonly bytes: number
  /** Makes sure that the room is taken. False when the disk has none. */
  ensure(): boolean
  /** Gives the room back, for the journal to write into. */
  release(): void
}

/** A reserve in a file beside the journal. */
export function fileReserve(path: string, bytes: number): Reserve {
  const file = `${path}${RESERVE_FILE_SUFFIX}`
  return {
    bytes,
    ensure: () => {
      if (statSync(file, { throwIfNoEntry: false })?.size === bytes) return true
      try {
        allocate(file, bytes)
        return true
      } catch (error) {
        rmSync(file, { force: true })
        if (faultOf(error) === 'full') return false
        throw error
      }
    },
    release: () => rmSync(file, { force: true }),
  }
}

/** Random bytes, flushed: a hole, or zeros on a compressing file system, would take no room at all. */
function allocate(file: string, bytes: number): void {
  const block = randomFillSync(new Uint8Array(BLOCK_BYTES))
  const descriptor = openSync(file, 'w', 0o600)
  try {
    let written = 0
    while (written < bytes) {
      written += writeSync(descriptor, block, 0, Math.min(BLOCK_BYTES, bytes - written))
    }
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
