import { failure } from '../../src/errors.ts'
import type { Spool, SpoolRecord } from '../../src/journal/spool.ts'
import { noCard } from './canary.ts'
import type { Mischief } from './mischief.ts'
import type { Life } from './simulated-node.ts'

const RECORDS_MAX = 8
const RECORD_BYTES = 1_000

/** The disk of one machine: what a process leaves there the next one finds. */
export class Disk {
  records: readonly SpoolRecord[] = []
  /** What was removed, and is there again after a crash. */
  removed: readonly SpoolRecord[] = []
}

/** The spool of one process: it may fail, be full, be lost, or hold what was removed from it. */
export function simulatedSpool(life: Life, disk: Disk, mischief: Mischief): Spool {
  let known: readonly SpoolRecord[] = []
  let fullUntilMs = 0

  const add = (record: SpoolRecord): void => {
    const { nowMs } = life.scheduler
    if (mischief.strikes('spool-full')) fullUntilMs = nowMs + mischief.random.between(1_000, 600_000)
    if (nowMs < fullUntilMs || disk.records.length >= RECORDS_MAX) {
      throw failure('CF_SPOOL_FULL', 'there is no room for it')
    }
    // It may stand there all the same.
    const fails = mischief.strikes('spool-fails')
    if (!fails || mischief.random.chance(0.5)) {
      noCard([textOf(record)])
      disk.records = [...disk.records, record]
    }
    if (fails) throw failure('CF_SPOOL_UNAVAILABLE', 'the disk failed')
    known = [...known, record]
  }

  return {
    name: 'simulated',
    open: () =>
      life.call(1, 1, () => {
        const lost = mischief.strikes('spool-lost') ? disk.records.length : 0
        if (lost > 0) disk.records = []
        if (mischief.strikes('spool-brings-back')) disk.records = [...disk.removed, ...disk.records]
        disk.removed = []
        known = disk.records
        return { torn: mischief.random.chance(0.2), damaged: lost }
      }),
    add: (record) => life.call(mischief.latencyMs(5), mischief.latencyMs(5), () => add(record), true),
    entries: () => known,
    remove: (id) =>
      life.call(
        mischief.latencyMs(5),
        mischief.latencyMs(5),
        () => {
          disk.removed = [...disk.removed, ...disk.records.filter((record) => record.id === id)]
          disk.records = disk.records.filter((record) => record.id !== id)
          known = known.filter((record) => record.id !== id)
        },
        true,
      ),
    close: () => life.call(1, 1, () => undefined),
    get size() {
      return known.length
    },
    get bytes() {
      return known.length * RECORD_BYTES
    },
    bytesMax: RECORDS_MAX * RECORD_BYTES,
    get isPastHighWater() {
      return life.scheduler.nowMs < fullUntilMs || known.length > RECORDS_MAX / 2
    },
  }
}

function textOf(record: SpoolRecord): string {
  return JSON.stringify(record, (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}
