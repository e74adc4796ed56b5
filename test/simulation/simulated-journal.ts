import { failure } from '../../src/errors.ts'
import type { Journal, Verdict } from '../../src/journal/journal.ts'
import type { Books } from './books.ts'
import type { Mischief } from './mischief.ts'
import type { Life } from './simulated-node.ts'

/**
 * The journal as one process sees it: it answers after a while, it may be away, a commit's answer may get lost, and a
 * crash takes what was not yet written (or leaves what was) without a word.
 */
export function simulatedJournal(life: Life, books: Books, mischief: Mischief): Journal {
  const listeners = new Set<(paymentId: string, version: number) => void>()

  const read = <T>(work: () => T): Promise<T> => {
    mischief.mayCrash(life, 'crash-in-flight')
    return life.call(mischief.latencyMs(3), mischief.latencyMs(3), () => {
      books.assertThere()
      return work()
    })
  }

  /** What each round asks: its answer takes no time, which halves the steps of a run that is at rest. */
  const look = <T>(work: () => T): Promise<T> => {
    mischief.mayCrash(life, 'crash-in-flight')
    return life.call(mischief.latencyMs(3), 0, () => {
      books.assertThere()
      return work()
    })
  }

  /** A write to the inbox. */
  const write = (work: () => void): Promise<void> => {
    const lostBefore = mischief.strikes('journal-lost-before')
    const lostAfter = !lostBefore && mischief.strikes('journal-lost-after')
    return life.call(mischief.latencyMs(8), mischief.latencyMs(8), () => {
      books.assertThere()
      if (lostBefore) throw failure('CF_JOURNAL_UNAVAILABLE', 'the write did not arrive')
      work()
      mischief.mayCrash(life, 'crash-after-write')
      if (lostAfter) throw failure('CF_JOURNAL_UNAVAILABLE', 'the answer to the write was lost')
    })
  }

  return {
    name: 'simulated',
    open: () => life.call(1, 1, () => undefined),
    close: () => life.call(1, 1, () => undefined),
    append: (change) => {
      if (mischief.mayCrash(life, 'crash-before-write')) return life.call(0, 0, () => COMMITTED)
      const lostBefore = mischief.strikes('journal-lost-before')
      const lostAfter = !lostBefore && mischief.strikes('journal-lost-after')
      const written = life.call(
        mischief.latencyMs(8),
        mischief.latencyMs(8),
        () => {
          if (lostBefore) throw failure('CF_JOURNAL_UNAVAILABLE', 'the commit did not arrive')
          const verdict = books.append(change)
          mischief.mayCrash(life, 'crash-after-write')
          // SIGSTOP between the journal and the first byte (F13).
          if (mischief.strikes('pause')) life.pause(mischief.uptoMs(5_000, 40 * 60_000))
          if (lostAfter) throw failure('CF_JOURNAL_UNAVAILABLE', 'the answer to the commit was lost')
          return verdict
        },
        mischief.random.chance(0.5),
      )
      return written.then((verdict) => {
        const { payment } = change
        if (verdict.kind === 'committed' && payment !== undefined) {
          for (const listener of listeners) listener(payment.paymentId, payment.expectedVersion + 1)
        }
        return verdict
      })
    },
    read: (paymentId) => read(() => books.store.read(paymentId)),
    order: (orderId) => read(() => books.store.order(orderId)),
    findByKey: (key) => read(() => books.store.findByKey(key)),
    findByReference: (reference) => read(() => books.store.findByReference(reference)),
    history: (paymentId) => read(() => books.store.history(paymentId)),
    list: (query) => read(() => books.store.list(query)),
    due: (query) => look(() => books.store.due(query)),
    heartbeat: (nodeId) => look(() => books.store.heartbeat(nodeId, life.scheduler.nowMs)),
    inDoubt: () => read(() => books.store.inDoubt()),
    receive: (item) =>
      mischief.mayCrash(life, 'crash-before-write')
        ? life.call(0, 1, () => undefined)
        : write(() => books.receive(item)),
    inbox: (limit) => look(() => books.store.inbox(limit)),
    removeFromInbox: (id) => write(() => books.removeFromInbox(id)),
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const COMMITTED: Verdict = { kind: 'committed' }
