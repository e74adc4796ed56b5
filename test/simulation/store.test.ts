import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failure } from '../../src/errors.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { Watchers } from '../../src/journal/watchers.ts'
import { journalConformance } from '../../src/testkit/journal-conformance.ts'
import { following, opening, orderChange } from '../../src/testkit/journal-samples.ts'
import { Store } from './store.ts'
import { Tail } from './tail.ts'

/** The port around a store, as the simulation has it, without the faults. */
function journalOf(store: Store): Journal {
  const watchers = new Watchers()
  let nodeId: string | undefined
  const run = async <T>(work: () => T): Promise<T> => {
    if (nodeId === undefined) throw failure('CF_JOURNAL_UNAVAILABLE', 'it is not open')
    return work()
  }
  return {
    name: 'simulated',
    open: async (owner) => {
      nodeId = owner.nodeId
    },
    close: async () => {
      if (nodeId !== undefined) store.forget(nodeId)
      nodeId = undefined
    },
    append: (change) =>
      run(() => {
        const { verdict } = store.apply(change)
        const { payment } = change
        if (verdict.kind === 'committed' && payment !== undefined) {
          watchers.tell(payment.paymentId, payment.expectedVersion + 1)
        }
        return verdict
      }),
    read: (paymentId) => run(() => store.read(paymentId)),
    order: (orderId) => run(() => store.order(orderId)),
    findByKey: (key) => run(() => store.findByKey(key)),
    findByReference: (reference) => run(() => store.findByReference(reference)),
    history: (paymentId) => run(() => store.history(paymentId)),
    list: (query) => run(() => store.list(query)),
    due: (query) => run(() => store.due(query)),
    heartbeat: (node, nowMs) => run(() => store.heartbeat(node, nowMs)),
    inDoubt: () => run(() => store.inDoubt()),
    receive: (item) => run(() => void store.inbox.receive(item)),
    inbox: (limit) => run(() => ({ items: store.inbox.list(limit), unreadable: [] })),
    removeFromInbox: (id, recordedBy) => run(() => void store.removeFromInbox(id, recordedBy)),
    watch: (listener) => watchers.add(listener),
  }
}

const owner = { nodeId: 'node-1' }

journalConformance('the journal of the simulation, where it writes text', {
  open: async () => {
    const store = new Store(() => undefined)
    let journal = journalOf(store)
    await journal.open(owner)
    return {
      journal,
      reopen: async () => {
        await journal.close()
        journal = journalOf(store)
        await journal.open(owner)
        return journal
      },
      dispose: () => journal.close(),
    }
  },
})

describe('the journal of the simulation', () => {
  it('takes back what it wrote last, as if it had never been', () => {
    const store = new Store()
    store.apply({ ...opening('p1', {}, { references: ['r1'] }), order: orderChange('o1', 0) })
    const before = [store.read('p1'), store.order('o1'), store.history('p1')]
    const second = store.apply(following('p1', 1))
    const other = store.apply(opening('p2', {}, { references: ['r2'] }))
    assert.equal(store.read('p1')?.version, 2)
    other.undo()
    second.undo()
    assert.deepEqual([store.read('p1'), store.order('o1'), store.history('p1')], before)
    assert.equal(store.findByReference('r2'), undefined)
    assert.equal(store.findByKey('key-of-p2'), undefined)
    assert.equal(store.apply(following('p1', 1)).verdict.kind, 'committed')
  })

  it('loses in a failover nothing that was acknowledged, nor what was written before it', () => {
    const lost: string[] = []
    const tail = new Tail()
    const undo = (name: string) => (): void => void lost.push(name)
    tail.mayFail()
    tail.wrote(undo('a'), false)
    tail.wrote(undo('b'), true)
    tail.wrote(undo('c'), false)
    tail.wrote(undo('d'), false)
    assert.equal(tail.failOver(), 2)
    assert.deepEqual(lost, ['d', 'c'])
  })
})
