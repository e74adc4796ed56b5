// No tests stand here: a journal that is away when a test says so, and a spool for what it does not take.
import { failure } from '../errors.ts'
import type { Journal } from '../journal/journal.ts'
import { memoryJournal } from '../journal/memory/index.ts'
import { FileSpool } from '../journal/spool/file-spool.ts'
import { MemoryDisk } from '../journal/spool/memory-disk.test-data.ts'

/** A journal that a test takes away. */
export function journalThatGoes(): { readonly journal: Journal; isAway: boolean } {
  const state = { journal: memoryJournal(), isAway: false }
  const kept = state.journal
  const away = Object.entries(kept).map(([name, call]: [string, unknown]) => {
    if (typeof call !== 'function' || name === 'watch' || name === 'close') return [name, call]
    return [
      name,
      async (...given: readonly unknown[]): Promise<unknown> => {
        if (state.isAway) throw failure('CF_JOURNAL_UNAVAILABLE', 'the test took it away')
        return call(...given)
      },
    ]
  })
  return Object.assign(state, { journal: Object.fromEntries(away) as Journal })
}

/** A spool on a disk in memory. */
export function spoolInMemory(): FileSpool {
  const disk = new MemoryDisk()
  return new FileSpool({
    path: 'answers.spool',
    bytesMax: 64 * 1024,
    highWaterBytes: 32 * 1024,
    own: () => undefined,
    letGo: () => undefined,
    openFile: async () => disk.open(),
    makeFile: async () => disk.make(64 * 1024),
    onFatal: (text) => {
      throw new Error(text)
    },
  })
}
