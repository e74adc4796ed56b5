import { chmodSync, closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { endianness } from 'node:os'

/** The wall clock of one process and its children, which can be set while they run: see clock.c. */
export class ServerClock {
  readonly #file: string
  #aheadMs = 0
  /** For whoever lives by this clock. */
  readonly environment: Readonly<Record<'LD_PRELOAD' | 'CHAOS_CLOCK', string>>

  /** The file is made; whoever reads it may be another user. */
  constructor(file: string, library: string) {
    this.#file = file
    writeFileSync(file, bytesOf(0))
    chmodSync(file, 0o644)
    this.environment = { LD_PRELOAD: library, CHAOS_CLOCK: file }
  }

  /** By how many milliseconds it is ahead of the machine's; below 0 where it is behind. */
  get aheadMs(): number {
    return this.#aheadMs
  }

  set aheadMs(ms: number) {
    // The very file that is mapped, and in one write.
    const file = openSync(this.#file, 'r+')
    try {
      writeSync(file, bytesOf(ms), 0, 8, 0)
    } finally {
      closeSync(file)
    }
    this.#aheadMs = ms
  }
}

function bytesOf(ms: number): Buffer {
  const bytes = Buffer.alloc(8)
  if (endianness() === 'LE') bytes.writeBigInt64LE(BigInt(ms))
  else bytes.writeBigInt64BE(BigInt(ms))
  return bytes
}
