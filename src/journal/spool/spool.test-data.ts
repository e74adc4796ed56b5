import { FileSpool } from './file-spool.ts'
import type { MemoryDisk } from './memory-disk.test-data.ts'
import type { SpoolRecord } from '../spool.ts'

export const AREA_BYTES = 64 * 1024
export const OWNER = { nodeId: 'node-1' }

/** Thrown where production ends the process. */
export class ProcessEnded extends Error {}

export function recordOf(id: string, rawCharacters = 100): SpoolRecord {
  return {
    id,
    paymentId: `payment-${id}`,
    reference: `reference-${id}`,
    leg: 1,
    fence: 1,
    atMs: 1_000,
    finding: {
      kind: 'approved',
      askedAtMs: 900,
      captured: true,
      balances: { authorizedMinor: 1_999n, capturedMinor: 1_999n, refundedMinor: 0n },
      evidence: { source: 'answer', atMs: 950, text: 'AUTHORISED', raw: 'x'.repeat(rawCharacters) },
    },
  }
}

export interface SpoolOn {
  readonly highWaterBytes?: number
  readonly bytesMax?: number
}

/** A spool on a disk in memory, not open yet. */
export function spoolOn(
  disk: MemoryDisk,
  { highWaterBytes, bytesMax = AREA_BYTES }: SpoolOn = {},
): FileSpool {
  return new FileSpool({
    path: 'answers.spool',
    bytesMax,
    highWaterBytes: highWaterBytes ?? bytesMax / 2,
    own: () => undefined,
    letGo: () => undefined,
    openFile: async () => disk.open(),
    makeFile: async () => disk.make(bytesMax),
    onFatal: (text) => {
      throw new ProcessEnded(text)
    },
  })
}

export async function openSpool(disk: MemoryDisk, options: SpoolOn = {}): Promise<FileSpool> {
  const spool = spoolOn(disk, options)
  await spool.open(OWNER)
  return spool
}

export function idsOf(spool: FileSpool): readonly string[] {
  return spool.entries().map(({ id }) => id)
}
