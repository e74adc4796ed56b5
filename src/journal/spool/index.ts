import { writeSync } from 'node:fs'
import { CounterfoilError, failure, reasonOf } from '../../errors.ts'
import { type OwnerLock, takeOwnership } from '../sqlite/owner-lock.ts'
import { makeDiskFile, openDiskFile } from './disk-file.ts'
import { FileSpool } from './file-spool.ts'
import { AREA_BYTES_MAX, AREA_BYTES_MIN } from './header.ts'
import type { Spool } from '../spool.ts'

export type { Spool, SpoolOpened, SpoolRecord } from '../spool.ts'

export interface FileSpoolOptions {
  /** Room for answers; the file is twice as long. 4 MiB unless told otherwise, 64 KiB to 512 MiB. */
  readonly bytes?: number
  /** When so much of it is taken, new payments are refused. Half of it unless told otherwise. */
  readonly highWaterBytes?: number
  /**
   * When another process owns the file, the next one is taken: `answers.spool`, `answers.spool.2`, up to so many, 1 to 100.
   * For processes that are started beside one another on one machine, as in a deploy; what is left in one of them is
   * written down by whoever owns it next. Default: 1.
   */
  readonly filesMax?: number
  /**
   * Called when the disk failed and nobody knows what is on it (F10). It has to end the process, as the default
   * does, after a line on standard error, with EXIT_CODE_DISK_FAILED.
   */
  readonly onFatal?: (text: string) => never
}

/** The exit code after a failed write or flush: the same as that of the SQLite journal. */
export const EXIT_CODE_DISK_FAILED = 70

const BYTES = 4 * 1024 * 1024
const FILES_MAX = 100

/**
 * A spool in one file, for one node, on a disk of its own machine. Its room is taken when it is made. Beside the file
 * is the lock of its owner (`-owner.db`). No backup needs it.
 *
 * @throws CF_CONFIG; by `open` CF_SPOOL_OWNED, CF_SPOOL_UNAVAILABLE
 * @example
 * const cf = createCounterfoil({ journal, spool: fileSpool('data/answers.spool'), shop, modules, publicUrl })
 */
export function fileSpool(path: string, options: FileSpoolOptions = {}): Spool {
  const {
    bytes = BYTES,
    highWaterBytes = Math.floor(bytes / 2),
    filesMax = 1,
    onFatal = endProcess,
  } = options
  if (!Number.isInteger(bytes) || bytes < AREA_BYTES_MIN || bytes > AREA_BYTES_MAX) {
    throw failure(
      'CF_CONFIG',
      `spool bytes: ${bytes} must be a whole number from ${AREA_BYTES_MIN} to ${AREA_BYTES_MAX}`,
    )
  }
  if (!Number.isFinite(highWaterBytes) || highWaterBytes <= 0 || highWaterBytes > bytes) {
    throw failure(
      'CF_CONFIG',
      `spool highWaterBytes: ${highWaterBytes} must be above 0 and at most ${bytes}, which is the room there is`,
    )
  }
  if (!Number.isInteger(filesMax) || filesMax < 1 || filesMax > FILES_MAX) {
    throw failure('CF_CONFIG', `spool filesMax: ${filesMax} must be a whole number from 1 to ${FILES_MAX}`)
  }
  let lock: OwnerLock | undefined
  let owned = path
  return new FileSpool({
    get path() {
      return owned
    },
    bytesMax: bytes,
    highWaterBytes,
    onFatal,
    own: (nodeId) => {
      const taken = ownFirstFree(path, filesMax, nodeId)
      owned = taken.path
      lock = taken.lock
    },
    letGo: () => lock?.release(),
    openFile: () => openDiskFile(owned),
    makeFile: () => makeDiskFile(owned, bytes),
  })
}

function ownFirstFree(
  path: string,
  filesMax: number,
  nodeId: string,
): { readonly path: string; readonly lock: OwnerLock } {
  for (let file = 1; ; file++) {
    const candidate = file === 1 ? path : `${path}.${file}`
    try {
      return { path: candidate, lock: own(candidate, nodeId) }
    } catch (error) {
      const isOwned = error instanceof CounterfoilError && error.code === 'CF_SPOOL_OWNED'
      if (!isOwned || file >= filesMax) throw error
    }
  }
}

/** A lock of the operating system, which ends with the process in whatever way: the one that the journal has too. */
function own(path: string, nodeId: string): OwnerLock {
  try {
    return takeOwnership(path, nodeId)
  } catch (error) {
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_JOURNAL_OWNED') {
      throw failure('CF_SPOOL_UNAVAILABLE', `${path}: ${reasonOf(error)}`, {}, error)
    }
    const { pid = '', host = '' } = error.details
    throw failure('CF_SPOOL_OWNED', `process ${pid} on ${host} owns ${path}`, error.details, error)
  }
}

/** Nothing may be written, and nobody answered, after this: so not one more turn of the event loop. */
function endProcess(text: string): never {
  writeSync(2, `counterfoil: ${text}\n`)
  process.exit(EXIT_CODE_DISK_FAILED)
}
