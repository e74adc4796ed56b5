import { failure } from '../../src/errors.ts'
import type { Change, Journal, Verdict } from '../../src/journal/journal.ts'
import type { Books } from './books.ts'
import type { Mischief } from './mischief.ts'
import type { Life } from './simulated-node.ts'
import { changeInWords } from './words.ts'

const MINUTE_MS = 60_000
/** For so long a write whose answer got lost is tried again elsewhere. */
const CONFIRM_MS = 10_000

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

  /**
   * Who wrote while no standby follows knows nothing for certain, and reads nothing before it has written on the next
   * primary (F8). Who only reads sees meanwhile what others have written, and it may be lost.
   */
  const inVain = (): Error => {
    if (!books.readsWhatIsNotSafe) life.cutOffUntilMs = Math.max(life.cutOffUntilMs, books.unsafeUntilMs)
    return unavailable('the wait for the standby was cut off')
  }

  const latencyMs = (usualMs: number): number =>
    scheduler.nowMs < books.slowUntilMs ? mischief.random.between(500, 20_000) : mischief.latencyMs(usualMs)

  const read = <T>(work: () => T): Promise<T> => {
    mischief.mayCrash(life, 'crash-in-flight')
    // What was read is old by the time it is there, in every other case.
    const backMs = mischief.random.chance(0.5) ? mischief.latencyMs(3) : 0
    return life.call(latencyMs(3), backMs, () => {
      assertReached()
      return work()
    })
  }

  /** What each round asks, and heartbeats: mostly it has its answer at once, since a run that is at rest is all these. */
  const poll = <T>(work: () => T): Promise<T> => {
    if (scheduler.nowMs < books.slowUntilMs || mischief.isOn('crash-in-flight')) return read(work)
    return life.ask(() => {
      assertReached()
      return work()
    })
  }

  /** A write to the inbox. Where no standby follows it is done once more, on the one that has taken over. */
  const write = async (work: () => void): Promise<void> => {
    const lostBefore = mischief.strikes('journal-lost-before')
    const lostAfter = !lostBefore && mischief.strikes('journal-lost-after')
    const isDone = await life.call(latencyMs(8), mischief.latencyMs(8), () => {
      assertReached()
      if (lostBefore) throw unavailable('the write did not arrive')
      if (books.isUnsafe) {
        inVain()
        return false
      }
      work()
      mischief.mayCrash(life, 'crash-after-write')
      if (lostAfter) throw unavailable('the answer to the write was lost')
      return true
    })
    if (isDone) return
    const againMs = books.unsafeUntilMs - scheduler.nowMs + mischief.uptoMs(1, CONFIRM_MS)
    await life.call(againMs, mischief.latencyMs(8), () => {
      assertReached()
      work()
    })
  }

  const commit = (change: Change): Verdict => {
    assertReached()
    if (mischief.strikes('journal-lost-before')) throw unavailable('the commit did not arrive')
    const lostAfter = mischief.strikes('journal-lost-after')
    const failsOver = !books.isUnsafe && mischief.strikes('journal-failover')
    const isSafe = !failsOver && !books.isUnsafe
    if (failsOver) books.tail.mayFail()
    const verdict = books.append(change, isSafe)
    mischief.note?.(life.world.nodeId, changeInWords(change, verdict))
    mischief.mayCrash(life, 'crash-after-write')
    // SIGSTOP between the journal and the first byte (F13).
    if (mischief.strikes('pause')) life.pause(mischief.uptoMs(5_000, 40 * MINUTE_MS))
    if (failsOver) failOver()
    if (!isSafe) throw inVain()
    if (lostAfter) throw unavailable('the answer to the commit was lost')
    return verdict
  }

  /** The standby takes over soon. */
  const failOver = (): void => {
    const soonMs = mischief.random.between(1, MINUTE_MS)
    books.unsafeUntilMs = scheduler.nowMs + soonMs
    scheduler.after(soonMs, () => {
      const lost = books.tail.failOver()
      mischief.note?.('the journal', `fails over; ${lost} commits that nobody was told of are lost`)
      const awayMs = mischief.random.between(1, 20_000)
      books.awayUntilMs = Math.max(books.awayUntilMs, scheduler.nowMs + awayMs)
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
    due: (query) => poll(() => books.store.due(query)),
    heartbeat: (nodeId) =>
      poll(() => {
        if (books.isUnsafe) throw inVain()
        return books.store.heartbeat(nodeId, scheduler.nowMs)
      }),
    inDoubt: () => read(() => books.store.inDoubt()),
    receive: (item) =>
      mischief.mayCrash(life, 'crash-before-write')
        ? life.call(0, 1, () => undefined)
        : write(() => books.receive(item)),
    inbox: (limit) => poll(() => ({ items: books.store.inbox.list(limit), unreadable: [] })),
    removeFromInbox: (id, recordedBy) => write(() => books.removeFromInbox(id, recordedBy)),
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
