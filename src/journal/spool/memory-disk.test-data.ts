import type { DiskFile } from './disk-file.ts'
import { fileBytes, HEADER_PLACES, headerBlock } from './header.ts'

/** What an operation of a disk does instead of what it should; undefined lets it be. */
export type DiskFault = (what: 'write' | 'flush', count: number) => string | undefined

/** A file in memory that knows what of it would be there after a power cut. */
export class MemoryDisk {
  /** As a reader sees it, and as it was at the last flush. */
  seen: Buffer | undefined
  durable: Buffer | undefined
  writes = 0
  flushes = 0
  fault: DiskFault = () => undefined
  #operations = 0

  /** As it would be found after a power cut, where none of what was not flushed has reached the disk. */
  afterPowerCut(): MemoryDisk {
    return MemoryDisk.with(this.durable)
  }

  static with(bytes: Buffer | undefined): MemoryDisk {
    const disk = new MemoryDisk()
    disk.seen = bytes === undefined ? undefined : Buffer.from(bytes)
    disk.durable = disk.seen === undefined ? undefined : Buffer.from(disk.seen)
    return disk
  }

  make(areaBytes: number): void {
    const bytes = Buffer.alloc(fileBytes(areaBytes))
    const block = headerBlock({ generation: 1, area: 0, areaBytes })
    for (const at of HEADER_PLACES) block.copy(bytes, at)
    this.seen = bytes
    this.durable = Buffer.from(bytes)
  }

  open(): DiskFile | undefined {
    if (this.seen === undefined) return undefined
    const seen = this.seen
    return {
      read: async () => Buffer.from(seen),
      write: async (at, bytes) => {
        this.writes++
        this.#strike('write')
        bytes.copy(seen, at)
      },
      flush: async () => {
        this.flushes++
        this.#strike('flush')
        this.durable = Buffer.from(seen)
      },
      close: async () => undefined,
    }
  }

  #strike(what: 'write' | 'flush'): void {
    const code = this.fault(what, ++this.#operations)
    if (code !== undefined) throw Object.assign(new Error(`${code}: the test's disk`), { code })
  }
}
