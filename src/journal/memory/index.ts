import { failure } from '../../errors.ts'
import { encodeChange } from '../encoded-change.ts'
import type { Change, Journal, Verdict } from '../journal.ts'
import { assertItem, assertNames } from '../names.ts'
import { Watchers } from '../watchers.ts'
import { MemoryStore } from './memory-store.ts'

export { MemoryStore } from './memory-store.ts'

export interface MemoryJournalOptions {
  /** What it keeps its content in. Journals that share one act like the nodes on one database. */
  readonly store?: MemoryStore
}

/**
 * A journal that lasts as long as its store: for tests and first steps, never for money.
 *
 * @throws CF_JOURNAL_UNAVAILABLE, by each method, before `open` and after `close`.
 * @example
 * const journal = memoryJournal()
 * await journal.open({ nodeId: 'node-1' })
 */
export function memoryJournal(options: MemoryJournalOptions = {}): Journal {
  const store = options.store ?? new MemoryStore()
  const watchers = new Watchers()
  let isOpen = false
  let nodeId: string | undefined

  /** Every call runs in one go, and answers no earlier than a real journal could: in a later microtask. */
  const run = async <T>(work: () => T): Promise<T> => {
    if (!isOpen) throw failure('CF_JOURNAL_UNAVAILABLE', 'the journal in memory is not open')
    return work()
  }

  const append = (change: Change): Verdict => {
    const verdict = store.applyEncoded(encodeChange(change))
    const { payment } = change
    if (verdict.kind === 'committed' && payment !== undefined) {
      watchers.tell(payment.paymentId, payment.expectedVersion + 1)
    }
    return verdict
  }

  return {
    name: 'memory',
    open: async (owner) => {
      nodeId = owner.nodeId
      isOpen = true
    },
    close: async () => {
      if (isOpen && nodeId !== undefined) store.forget(nodeId)
      isOpen = false
    },
    append: (change) => run(() => append(change)),
    read: (paymentId) => run(() => store.read(paymentId)),
    order: (orderId) => run(() => store.order(orderId)),
    findByKey: (key) => run(() => store.findByKey(key)),
    findByReference: (reference) => run(() => store.findByReference(reference)),
    history: (paymentId) => run(() => store.history(paymentId)),
    list: (query) => run(() => store.list(query)),
    due: (query) => run(() => store.due(query)),
    heartbeat: (nodeId, nowMs) =>
      run(() => {
        assertNames([nodeId])
        return store.heartbeat(nodeId, nowMs)
      }),
    inDoubt: () => run(() => store.inDoubt()),
    receive: (item) =>
      run(() => {
        assertItem(item)
        store.receive(item)
      }),
    inbox: (limit) => run(() => ({ items: store.inbox(limit), unreadable: [] })),
    removeFromInbox: (id, recordedBy) =>
      run(() => {
        assertNames([id, recordedBy], Infinity)
        store.removeFromInbox(id, recordedBy)
      }),
    watch: (listener) => watchers.add(listener),
  }
}
