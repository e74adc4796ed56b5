import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../test/simulation/random.ts'

/** What can be wrong with it: the names of the files that disk.c looks for. */
export type DiskTrouble = 'fsync-fails' | 'fsync-lost' | 'full'

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512

/** The disk of one process and its children, on which something can be wrong for a while. */
export class Disk {
  readonly #folder: string
  /** For whoever runs on this disk. */
  readonly environment: Readonly<Record<'LD_PRELOAD' | 'CHAOS_DISK', string>> & NodeJS.ProcessEnv

  /** `ending`: only files whose names end so are on it. */
  constructor(folder: string, library: string, ending?: string) {
    this.#folder = folder
    mkdirSync(folder)
    // The database runs as another user.
    chmodSync(folder, 0o755)
    writeFileSync(this.#struckFile, '')
    chmodSync(this.#struckFile, 0o666)
    this.environment = {
      LD_PRELOAD: library,
      CHAOS_DISK: folder,
      ...(ending !== undefined && { CHAOS_DISK_ENDING: ending }),
    }
  }

  begin(trouble: DiskTrouble): void {
    writeFileSync(join(this.#folder, trouble), '')
  }

  end(trouble: DiskTrouble): void {
    rmSync(join(this.#folder, trouble), { force: true })
  }

  /** How often any of it has struck. */
  get struck(): number {
    return statSync(this.#struckFile).size
  }

  get #struckFile(): string {
    return join(this.#folder, 'struck')
  }
}

/** A file as it is now, for `powerCut`; undefined when there is none. */
export function contentOf(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined
}

/**
 * What a power cut leaves of a file whose flushes were lost since `before`: of each sector either what was there then or
 * what was written since, as it happens. Nobody may have it open.
 */
export function powerCut(path: string, before: Buffer, random: Random): void {
  const after = readFileSync(path)
  const left = Buffer.from(after)
  for (let at = 0; at < Math.min(before.length, after.length); at += SECTOR_BYTES) {
    if (random.chance(0.5)) before.copy(left, at, at, at + SECTOR_BYTES)
  }
  writeFileSync(path, left)
}
