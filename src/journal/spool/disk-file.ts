import { randomFillSync } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileBytes, HEADER_PLACES, headerBlock } from './header.ts'

/** A file as the spool uses it: written at places, flushed, never made longer. */
export interface DiskFile {
  read(): Promise<Buffer>
  write(at: number, bytes: Buffer): Promise<void>
  /** Resolves once all that was written is on the disk. After a rejection nobody knows what is (F10). */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Undefined when there is no such file. */
export async function openDiskFile(path: string): Promise<DiskFile | undefined> {
  try {
    return diskFile(await open(path, 'r+'))
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Makes the file in its full length, whole or not at all. Random bytes: a hole, or zeros on a compressing file system,
 * would take no room, and an answer could find the disk full (F11).
 */
export async function makeDiskFile(path: string, areaBytes: number): Promise<void> {
  const fresh = `${path}-new`
  const handle = await open(fresh, 'w', 0o600)
  try {
    try {
      await fill(handle, fileBytes(areaBytes))
      const block = headerBlock({ generation: 1, area: 0, areaBytes })
      for (const at of HEADER_PLACES) await writeAll(handle, at, block)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(fresh, path)
    await flushFolder(dirname(path))
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

const FILL_BYTES = 1024 * 1024

async function fill(handle: FileHandle, bytes: number): Promise<void> {
  const block = randomFillSync(Buffer.alloc(Math.min(FILL_BYTES, bytes)))
  for (let at = 0; at < bytes; at += block.length) {
    await writeAll(handle, at, block.subarray(0, Math.min(block.length, bytes - at)))
  }
}

/** A new name is on the disk only once its folder is. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function writeAll(handle: FileHandle, at: number, bytes: Buffer): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, at + written)
    written += bytesWritten
  }
}

function diskFile(handle: FileHandle): DiskFile {
  return {
    read: async () => handle.readFile(),
    write: async (at, bytes) => writeAll(handle, at, bytes),
    // The length never changes, so that the data is all that there is to flush.
    flush: async () => handle.datasync(),
    close: async () => handle.close(),
  }
}
