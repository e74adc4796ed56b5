import { CounterfoilError, failure, reasonOf } from '../../errors.ts'
import { decodeSpoolRecord } from '../codec.ts'
import { type GroupCommit, groupCommit } from '../group-commit.ts'
import { Batch, bytesOf, type Item, type Kept, type Result } from './batch.ts'
import type { DiskFile } from './disk-file.ts'
import { type Frame, frameOf, scan } from './frame.ts'
import { type Header, HEADER_PLACES, headerBlock, headerIn, placeOf } from './header.ts'
import type { Spool, SpoolOpened, SpoolRecord } from '../spool.ts'

export interface FileSpoolParts {
  /** Where the file is; after `own` that of the file that is owned. */
  readonly path: string
  /** Takes ownership until `letGo`. */
  readonly own: (nodeId: string) => void
  readonly letGo: () => void
  /** Undefined when there is no file. */
  readonly openFile: () => Promise<DiskFile | undefined>
  /** Makes an empty file, in the place of another one that is empty too. */
  readonly makeFile: () => Promise<void>
  /** The room for records; a file that holds any keeps the room that it was made with. */
  readonly bytesMax: number
  /** When so much of it is taken, no new payment begins. */
  readonly highWaterBytes: number
  /** Nothing may be written, and nobody answered, after this (F10). */
  readonly onFatal: (text: string) => never
}

/** Where the next frame goes. */
interface Pen {
  header: Header
  at: number
  number: number
}

interface Opened {
  readonly file: DiskFile
  readonly pen: Pen
}

/**
 * The spool of a file. One writer; what comes while it writes shares the next flush. Removing is writing too: the
 * room of what was removed is won back when the area is full, by copying the rest into the other one.
 */
export class FileSpool implements Spool {
  readonly #parts: FileSpoolParts
  readonly #kept = new Map<string, Kept>()
  #bytes = 0
  #open: (Opened & { readonly writes: GroupCommit<Item, Result> }) | undefined

  constructor(parts: FileSpoolParts) {
    this.#parts = parts
  }

  get name(): string {
    return `spool ${this.#parts.path}`
  }

  get size(): number {
    return this.#kept.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get bytesMax(): number {
    return this.#open?.pen.header.areaBytes ?? this.#parts.bytesMax
  }

  get isPastHighWater(): boolean {
    return this.#bytes >= Math.min(this.#parts.highWaterBytes, this.bytesMax)
  }

  async open({ nodeId }: { readonly nodeId: string }): Promise<SpoolOpened> {
    const { own, letGo } = this.#parts
    if (this.#open !== undefined) throw failure('CF_SPOOL_UNAVAILABLE', `${this.#parts.path} is open already`)
    own(nodeId)
    try {
      return await this.#read()
    } catch (error) {
      letGo()
      throw unavailable(this.#parts.path, error)
    }
  }

  /** A file of another size than is wanted now is made anew once it holds nothing. */
  async #read(): Promise<SpoolOpened> {
    const { openFile, makeFile, bytesMax } = this.#parts
    const found = await this.#readFile(await openFile())
    if (found !== undefined && (this.#kept.size > 0 || this.bytesMax === bytesMax)) return found
    await this.#open?.file.close()
    this.#open = undefined
    await makeFile()
    const made = await this.#readFile(await openFile())
    if (made === undefined) throw new Error('the file was made and is gone')
    return found ?? made
  }

  async #readFile(file: DiskFile | undefined): Promise<SpoolOpened | undefined> {
    if (file === undefined) return undefined
    try {
      const bytes = await file.read()
      const { header, isTwice } = headerIn(bytes, this.#parts.path)
      if (!isTwice) await writeHeader(file, header)
      const from = placeOf(header)
      const { frames, endAt, nextNumber, torn, damaged } = scan(
        bytes.subarray(from, from + header.areaBytes),
        header.generation,
      )
      const unread = this.#takeIn(frames)
      const pen = { header, at: endAt, number: nextNumber }
      const writes = groupCommit<Item, Result>({ flush: async (items) => this.#flush(items) })
      this.#open = { file, pen, writes }
      return { torn, damaged: damaged + unread }
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async close(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    await open.writes.idle()
    this.#open = undefined
    this.#kept.clear()
    this.#bytes = 0
    try {
      await open.file.close()
    } finally {
      this.#parts.letGo()
    }
  }

  async add(record: SpoolRecord): Promise<void> {
    await this.#write({ kind: 'keep', record })
  }

  async remove(id: string): Promise<void> {
    if (this.#kept.has(id)) await this.#write({ kind: 'remove', id })
  }

  entries(): readonly SpoolRecord[] {
    return [...this.#kept.values()].map(({ record }) => record)
  }

  async #write(item: Item): Promise<void> {
    if (this.#open === undefined) throw failure('CF_SPOOL_UNAVAILABLE', `${this.#parts.path} is not open`)
    const result = await this.#open.writes.add(item)
    if (result.kind === 'failed') throw result.error
  }

  /** One batch: written in one piece, flushed once. */
  async #flush(items: readonly Item[]): Promise<readonly Result[]> {
    const open = this.#open
    if (open === undefined) throw failure('CF_SPOOL_UNAVAILABLE', `${this.#parts.path} is not open`)
    const { path, highWaterBytes } = this.#parts
    const batch = new Batch(this.#kept, this.#bytes, { path, highWaterBytes, bytesMax: this.bytesMax })
    const results = items.map((item) => batch.take(item))
    try {
      if (!(await append(open, batch.frames))) await startAnew(open, [...batch.kept.values()])
    } catch (error) {
      return items.map(() => ({ kind: 'failed', error: this.#refusedBy(error) }))
    }
    this.#kept.clear()
    for (const [id, kept] of batch.kept) this.#kept.set(id, kept)
    this.#bytes = batch.bytes
    return results
  }

  /** @throws nothing where the disk failed: the process has ended. */
  #refusedBy(error: unknown): CounterfoilError {
    const { path, onFatal } = this.#parts
    if (isHarmless(error)) return unavailable(path, error)
    return onFatal(`${path}: ${reasonOf(error)}: what is on the disk is not known, so this process ends`)
  }

  #takeIn(frames: readonly Frame[]): number {
    let unread = 0
    for (const { kind, payload } of frames) {
      if (kind === 'removed') this.#kept.delete(payload)
      else if (!this.#takeInRecord(payload)) unread++
    }
    this.#bytes = sum(this.#kept.values())
    return unread
  }

  #takeInRecord(payload: string): boolean {
    try {
      const record = decodeSpoolRecord(payload)
      this.#kept.set(record.id, { record, payload, bytes: bytesOf(payload) })
      return true
    } catch {
      // It was written whole and cannot be understood: counted, and its payment is resolved by inquiry.
      return false
    }
  }
}

/** False when the area has no room for these frames. */
async function append({ file, pen }: Opened, frames: readonly Frame[]): Promise<boolean> {
  const { header } = pen
  const bytes = Buffer.concat(
    frames.map((frame, index) => frameOf(frame, header.generation, pen.number + index)),
  )
  if (pen.at + bytes.length > header.areaBytes) return false
  const at = pen.at
  // Also what fails has used its place: what a part of it has left there must not be taken for a later frame.
  pen.at += bytes.length
  pen.number += frames.length
  if (bytes.length === 0) return true
  await file.write(placeOf(header) + at, bytes)
  await flushed(file)
  return true
}

/** The area is full: what is still kept goes into the other one, and rules from the moment that a header says so. */
async function startAnew({ file, pen }: Opened, kept: readonly Kept[]): Promise<void> {
  const { generation, area, areaBytes } = pen.header
  const header: Header = { generation: generation + 1, area: area === 0 ? 1 : 0, areaBytes }
  const frames = kept.map(({ payload }, index) =>
    frameOf({ kind: 'kept', payload }, header.generation, index + 1),
  )
  const bytes = Buffer.concat(frames)
  await file.write(placeOf(header), bytes)
  await flushed(file)
  await writeHeader(file, header)
  pen.header = header
  pen.at = bytes.length
  pen.number = frames.length + 1
}

/** One after the other, so that one of them is whole at any moment. */
async function writeHeader(file: DiskFile, header: Header): Promise<void> {
  const block = headerBlock(header)
  for (const at of HEADER_PLACES) {
    await surely(() => file.write(at, block))
    await flushed(file)
  }
}

/** A failed flush is never tried again: a second one could call safe what the kernel has dropped (F10). */
class DiskFailed extends Error {}

async function surely(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new DiskFailed(reasonOf(error), { cause: error })
  }
}

function flushed(file: DiskFile): Promise<void> {
  return surely(() => file.flush())
}

/** The system refused a write for want of room or of the right to write: nothing is in doubt but this batch. */
const HARMLESS: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM'])

function isHarmless(error: unknown): boolean {
  return !(error instanceof DiskFailed) && HARMLESS.has((error as { readonly code?: unknown }).code)
}

function unavailable(path: string, error: unknown): CounterfoilError {
  if (error instanceof CounterfoilError) return error
  return failure('CF_SPOOL_UNAVAILABLE', `${path}: ${reasonOf(error)}`, {}, error)
}

function sum(all: Iterable<Kept>): number {
  let bytes = 0
  for (const kept of all) bytes += kept.bytes
  return bytes
}
