import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AskedThread } from './asked-thread.ts'

type To = 'double' | 'be silent' | 'fall' | 'end'
type From = { readonly kind: 'ready' | 'done' } | { readonly kind: 'ended'; readonly text: string }

/** A thread that says what `To` asks for. */
function threadOf(): AskedThread<To, From> {
  const source = `
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', (message) => {
      if (message === 'fall') throw new Error('it fell')
      if (message === 'end') parentPort.postMessage({ kind: 'ended', text: 'the disk failed' })
      if (message === 'double') parentPort.postMessage({ kind: 'done' })
    })
    parentPort.postMessage({ kind: 'ready' })`
  return new AskedThread({
    entry: new URL(`data:text/javascript,${encodeURIComponent(source)}`),
    workerData: undefined,
    endIn: (message) => (message.kind === 'ended' ? new Error(message.text) : undefined),
    gone: (reason) => new Error(`the thread is gone: ${reason}`),
  })
}

const START_WITHIN_MS = 20_000

describe('a thread that is asked', () => {
  it('says when it has started, and answers one thing after the other', async () => {
    const thread = threadOf()
    const end = (): string | undefined => thread.ended?.message
    assert.deepEqual(await thread.started(START_WITHIN_MS), { kind: 'ready' })
    assert.deepEqual(await thread.ask('double'), { kind: 'done' })
    const first = thread.ask('double')
    await assert.rejects(thread.ask('double'), /one thing at a time/)
    assert.deepEqual(await first, { kind: 'done' })
    assert.equal(end(), undefined)
    await thread.terminate()
    assert.match(end() ?? '', /is gone: it ended with code/)
  })

  for (const [how, message, timeoutMs, why] of [
    ['says so', 'end', undefined, /the disk failed/],
    ['throws', 'fall', undefined, /is gone: it fell/],
    ['gives no answer in time', 'be silent', 20, /is gone: it gave no answer for 20 ms/],
  ] as const) {
    it(`has ended for good once it ${how}: what waits is rejected, and what comes after`, async () => {
      const thread = threadOf()
      await thread.started(START_WITHIN_MS)
      await assert.rejects(thread.ask(message, timeoutMs), why)
      assert.match(thread.ended?.message ?? '', why)
      await assert.rejects(thread.ask('double'), why)
      await thread.terminate()
    })
  }
})
