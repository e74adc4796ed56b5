import { type CounterfoilError, failure } from '../../errors.ts'
import { encode } from '../codec.ts'
import { FRAME_HEAD_BYTES, type Frame } from './frame.ts'
import type { SpoolRecord } from '../spool.ts'

/** A record is an answer of a few kilobytes; one that is longer with all it has is kept without its raw message. */
export const RECORD_BYTES_MAX = 64 * 1024

export interface Kept {
  readonly record: SpoolRecord
  /** As it is written down. */
  readonly payload: string
  readonly bytes: number
}

export type Item =
  | { readonly kind: 'keep'; readonly record: SpoolRecord }
  | { readonly kind: 'remove'; readonly id: string }
export type Result = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: CounterfoilError }

const DONE: Result = { kind: 'done' }

/** What bounds a batch. */
export interface Room {
  readonly path: string
  readonly highWaterBytes: number
  readonly bytesMax: number
}

/** What one batch makes of the records that are kept, before it is written. */
export class Batch {
  readonly kept: Map<string, Kept>
  readonly frames: Frame[] = []
  bytes: number
  readonly #room: Room

  constructor(kept: ReadonlyMap<string, Kept>, bytes: number, room: Room) {
    this.kept = new Map(kept)
    this.bytes = bytes
    this.#room = room
  }

  take(item: Item): Result {
    if (item.kind === 'remove') {
      this.#drop(item.id)
      this.frames.push({ kind: 'removed', payload: item.id })
      return DONE
    }
    const { bytesMax, highWaterBytes, path } = this.#room
    const whole = keptAs(item.record)
    // Past the mark, what is decided by counts for more than what a person may want to read.
    const isScarce = this.bytes + whole.bytes > highWaterBytes || whole.bytes > RECORD_BYTES_MAX
    const kept = isScarce ? keptAs(withoutRaw(item.record)) : whole
    if (kept.bytes > RECORD_BYTES_MAX || this.bytes + kept.bytes > bytesMax) {
      const text = `${path}: ${kept.bytes} bytes more do not fit beside ${this.bytes} of ${bytesMax}`
      return { kind: 'failed', error: failure('CF_SPOOL_FULL', text) }
    }
    this.#drop(item.record.id)
    this.kept.set(item.record.id, kept)
    this.bytes += kept.bytes
    this.frames.push({ kind: 'kept', payload: kept.payload })
    return DONE
  }

  #drop(id: string): void {
    this.bytes -= this.kept.get(id)?.bytes ?? 0
    this.kept.delete(id)
  }
}

function keptAs(record: SpoolRecord): Kept {
  const payload = encode(record)
  return { record, payload, bytes: bytesOf(payload) }
}

function withoutRaw(record: SpoolRecord): SpoolRecord {
  const { raw: _, ...evidence } = record.finding.evidence
  return { ...record, finding: { ...record.finding, evidence } }
}

/** What a record takes in the file. */
export function bytesOf(payload: string): number {
  return FRAME_HEAD_BYTES + Buffer.byteLength(payload)
}
