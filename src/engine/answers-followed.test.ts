import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeAndCaptureProcess } from '../pipeline/defaults.ts'
import { type Bed, cardModule, onBed, settle } from './bed.test-data.ts'
import { Machine, Outage } from './outage.test-data.ts'

const MINUTE_MS = 60_000
const modules = [cardModule({ pipelines: { process: authorizeAndCaptureProcess } })]

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await settle()
}

/** An authorization whose answer nobody could write down, and that is to be captured; the journal is still away. */
async function authorized(bed: Bed, outage: Outage, spool = new Machine().spool()) {
  const cf = await bed.engine({ spool, modules })
  bed.network.on('charge', { kind: 'held' })
  const paying = cf.pay(bed.request({ waitMs: 1_000 }))
  await settled()
  outage.isAway = true
  bed.network.release()
  // Longer than anybody tries to write it.
  await bed.advance(10 * MINUTE_MS)
  const { id } = await paying
  assert.equal(cf.spool?.entries, 1)
  return { cf, id }
}

/** The next commit that intends something is written, and its answer is lost. */
function losesAnswerOfIntent(bed: Bed): void {
  bed.journalFault = (change) => {
    const isIntent = change.payment?.events.some(({ type }) => type === 'operation-intended') === true
    if (isIntent) bed.journalFault = () => undefined
    return isIntent ? 'after' : undefined
  }
}

describe('what follows from an answer that was kept aside', () => {
  it(
    'is sent once, also where the commit out of the spool was written and not answered (F8)',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const { cf, id } = await authorized(bed, outage)
      losesAnswerOfIntent(bed)
      outage.isAway = false
      // Before the deadline of the send, and long before recovery would take it for in doubt.
      await bed.advance(9_000)
      assert.equal(bed.network.times('capture'), 1)
      await bed.advance(MINUTE_MS)
      assert.deepEqual(bed.operations(id), ['authorize approved', 'capture done'])
      assert.equal(bed.network.times('capture'), 1)
      assert.deepEqual([bed.reasons(id), cf.spool?.entries], [[], 0])
    }),
  )

  it(
    'is not sent too late: a commit that was written while nobody could know has ended so, which is no doubt (F8)',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      outage.losesAnswer = true
      const { cf, id } = await authorized(bed, outage)
      outage.isAway = false
      await bed.advance(MINUTE_MS)
      assert.deepEqual(bed.operations(id), ['authorize approved', 'capture not-sent'])
      assert.equal(bed.network.times('capture'), 0)
      assert.deepEqual([bed.reasons(id), cf.spool?.entries], [['modification-unresolved'], 0])
      const again = await cf.capture({ paymentId: id, key: 'capture-00001' })
      assert.equal(again.operation.state, 'accepted')
    }),
  )

  for (const isAnswered of [true, false]) {
    it(
      `is sent once while the answer cannot be taken out of the spool (its commit is answered: ${isAnswered})`,
      onBed(async (bed) => {
        const outage = new Outage(bed)
        const spool = new Machine().spool()
        const { cf, id } = await authorized(bed, outage, spool)
        const remove = spool.remove.bind(spool)
        spool.remove = () => Promise.reject(new Error('the disk is busy'))
        if (!isAnswered) losesAnswerOfIntent(bed)
        bed.network.on('capture', { kind: 'held' }, 9)
        outage.isAway = false
        await bed.advance(9_000)
        assert.equal(cf.spool?.entries, 1)
        assert.equal(bed.operations(id)[1], 'capture intended')
        assert.equal(bed.network.times('capture'), 1)
        spool.remove = remove
        bed.network.release()
        await bed.advance(MINUTE_MS)
        assert.deepEqual(bed.operations(id), ['authorize approved', 'capture done'])
        assert.deepEqual([bed.network.times('capture'), cf.spool?.entries], [1, 0])
      }),
    )
  }
})
