import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { journalConformance } from '../../testkit/journal-conformance.ts'
import { following, opening, orderChange, sampleInDoubt } from '../../testkit/journal-samples.ts'
import { encodeChange } from '../encoded-change.ts'
import { MemoryStore, memoryJournal } from './index.ts'

const owner = { nodeId: 'node-1' }
const sampleCases = [{ caseId: 'c1', reason: 'example', reference: undefined, text: 'An example.', atMs: 1 }]

journalConformance('the journal in memory', {
  open: async () => {
    const store = new MemoryStore()
    let journal = memoryJournal({ store })
    await journal.open(owner)
    return {
      journal,
      reopen: async () => {
        await journal.close()
        journal = memoryJournal({ store })
        await journal.open(owner)
        return journal
      },
      damagePayment: async (paymentId, snapshot) => {
        const { version = 0, fence = 0 } = store.history(paymentId).at(-1) ?? {}
        const doubt = { orderId: 'o1', cases: sampleCases, ...sampleInDoubt(100n), fence }
        const change = encodeChange(
          following(paymentId, version, doubt, { expectedFence: fence, dueAtMs: 1 }),
        )
        assert.ok(change.payment !== undefined)
        store.applyEncoded({ ...change, payment: { ...change.payment, snapshot } })
      },
      dispose: () => journal.close(),
    }
  },
})

describe('the store in memory', () => {
  it('applies several changes at once, each with its own verdict', () => {
    const store = new MemoryStore()
    const verdicts = store.apply([opening('p1'), following('p1', 4), following('p1', 1)])
    assert.deepEqual(
      verdicts.map(({ kind }) => kind),
      ['committed', 'conflict', 'committed'],
    )
  })

  it('shows all payments and orders to whoever checks invariants', () => {
    const store = new MemoryStore()
    store.apply([{ ...opening('p2'), order: orderChange('o1', 0) }, opening('p1')])
    assert.deepEqual(
      [...store.allPayments()].map(({ payment }) => payment.paymentId),
      ['p2', 'p1'],
    )
    assert.deepEqual(
      [...store.allOrders()].map(({ orderId }) => orderId),
      ['o1'],
    )
  })

  it('lets journals that share it see what the others wrote', async () => {
    const store = new MemoryStore()
    const [first, second] = [memoryJournal({ store }), memoryJournal({ store })]
    await first.open({ nodeId: 'node-1' })
    await second.open({ nodeId: 'node-2' })
    await first.append(opening('p1'))
    assert.equal((await second.read('p1'))?.version, 1)
    assert.deepEqual(await second.append(following('p1', 0)), { kind: 'conflict', on: 'version' })
  })

  it('says that it is not open before it was opened', async () => {
    await assert.rejects(memoryJournal().read('p1'), { code: 'CF_JOURNAL_UNAVAILABLE' })
  })
})
