import { failure } from '../../src/errors.ts'
import type { Change, Journal, Verdict } from '../../src/journal/journal.ts'
import type { Books } from './books.ts'
import type { Mischief } from './mischief.ts'
import type { Life } from './simulated-node.ts'
import { changeInWords } from './words.ts'

const MINUTE_MS = 60_000

/**
 * The journal as one process sees it: it answers after a while, it may be away, a commit's answer may get lost, and a
 * crash takes what was not yet written (or leaves what was) without a word.
 */
export function simulatedJournal(life: Life, books: Books, mischief: Mischief): Journal {
  const listeners = new Set<(paymentId: string, version: number) => void>()
  const { scheduler } = life

  const assertReached = (): void => {
    if (scheduler.nowMs < life.cutOffUntilMs) throw unavailable('this node does not reach it')
    books.assertThere()
  }

  const latencyMs = (usualMs: number): number =>
    scheduler.nowMs < books.slowUntilMs ? mischief.random.between(500, 20_000) : mischief.latencyMs(usualMs)

  /** Reads, and heartbeats. What each round asks has its answer at once, which halves the steps of a run that is at rest. */
  const read = <T>(work: () => T, backMs = mischief.latencyMs(3)): Promise<T> => {
    mischief.mayCrash(life, 'crash-in-flight')
    return life.call(latencyMs(3), backMs, () => {
      assertReached()
      return work()
    })
  }

  /** A write to the inbox. */
  const write = (work: () => void): Promise<void> => {
    const lostBefore = mischief.strikes('journal-lost-before')
    const lostAfter = !lostBefore && mischief.strikes('journal-lost-after')
    return life.call(latencyMs(8), mischief.latencyMs(8), () => {
      assertReached()
      if (lostBefore) throw unavailable('the write did not arrive')
      work()
      mischief.mayCrash(life, 'crash-after-write')
      if (lostAfter) throw unavailable('the answer to the write was lost')
    })
  }

  const commit = (change: Change): Verdict => {
    assertReached()
    if (mischief.strikes('journal-lost-before')) throw unavailable('the commit did not arrive')
    const lostAfter = mischief.strikes('journal-lost-after')
    const failsOver = mischief.strikes('journal-failover')
    if (failsOver) books.tail.mayFail()
    const verdict = books.append(change, !failsOver)
    mischief.note?.(life.world.nodeId, changeInWords(change, verdict))
    mischief.mayCrash(life, 'crash-after-write')
    // SIGSTOP between the journal and the first byte (F13).
    if (mischief.strikes('pause')) life.pause(mischief.uptoMs(5_000, 40 * MINUTE_MS))
    if (failsOver) {
      failOver()
      throw unavailable('the wait for the standby was cut off')
    }
    if (lostAfter) throw unavailable('the answer to the commit was lost')
    return verdict
  }

  /** The standby takes over soon. Until then nobody reads anything: what was written last is not safe yet (F8). */
  const failOver = (): void => {
    const soonMs = mischief.random.between(1, MINUTE_MS)
    const longer = (byMs: number): void => {
      books.awayUntilMs = Math.max(books.awayUntilMs, scheduler.nowMs + byMs)
    }
    if (!books.readsWhatIsNotSafe) longer(soonMs)
    scheduler.after(soonMs, () => {
      const lost = books.tail.failOver()
      mischief.note?.('the journal', `fails over; ${lost} commits that nobody was told of are lost`)
      longer(mischief.random.between(1, 20_000))
    })
  }

  return {
    name: 'simulated',
    open: () => life.call(1, 1, () => undefined),
    close: () => life.call(1, 1, () => books.store.forget(life.world.nodeId)),
    append: (change) => {
      if (mischief.mayCrash(life, 'crash-before-write')) return life.call(0, 0, () => COMMITTED)
      const needsLife = mischief.random.chance(0.5)
      const written = life.call(latencyMs(8), mischief.latencyMs(8), () => commit(change), needsLife)
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
    due: (query) => read(() => books.store.due(query), 0),
    heartbeat: (nodeId) => read(() => books.store.heartbeat(nodeId, scheduler.nowMs), 0),
    inDoubt: () => read(() => books.store.inDoubt()),
    receive: (item) =>
      mischief.mayCrash(life, 'crash-before-write')
        ? life.call(0, 1, () => undefined)
        : write(() => books.receive(item)),
    inbox: (limit) => read(() => books.store.inbox.list(limit), 0),
    removeFromInbox: (id) => write(() => books.removeFromInbox(id)),
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const COMMITTED: Verdict = { kind: 'committed' }

function unavailable(why: string): Error {
  return failure('CF_JOURNAL_UNAVAILABLE', why)
}
