import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BATCH_CHARACTERS_MAX, groupCommit } from './group-commit.ts'

/** A flush that ends when the test says so. */
function heldFlush() {
  const batches: { readonly items: readonly number[]; end(error?: Error): void }[] = []
  const flush = (items: readonly number[]): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      const end = (error?: Error): void =>
        error === undefined ? resolve(items.map((item) => `result ${item}`)) : reject(error)
      batches.push({ items, end })
    })
  return { batches, flush }
}

const lengths = (batches: readonly { readonly items: readonly number[] }[]): number[] =>
  batches.map(({ items }) => items.length)

describe('the group commit', () => {
  it('writes together what comes in one turn, and gives each its own result', async () => {
    const { batches, flush } = heldFlush()
    const commits = groupCommit({ flush })
    const results = Promise.all([commits.add(1), commits.add(2), commits.add(3)])
    await turn()
    assert.deepEqual(lengths(batches), [3])
    batches[0]?.end()
    assert.deepEqual(await results, ['result 1', 'result 2', 'result 3'])
  })

  it('gathers what comes while a batch is in flight, and never has two in flight', async () => {
    const { batches, flush } = heldFlush()
    const commits = groupCommit({ flush })
    const results = [commits.add(1)]
    await turn()
    for (let item = 2; item <= 6; item++) {
      results.push(commits.add(item))
      await turn()
    }
    assert.deepEqual(lengths(batches), [1])
    batches[0]?.end()
    await turn()
    assert.deepEqual(lengths(batches), [1, 5])
    batches[1]?.end()
    assert.equal((await Promise.all(results)).length, 6)
  })

  it('keeps the order in which changes came over batches of limited length', async () => {
    const seen: number[] = []
    const flush = async (items: readonly number[]): Promise<readonly number[]> => {
      assert.ok(items.length <= 7)
      seen.push(...items)
      return items
    }
    const commits = groupCommit({ flush, batchLengthMax: 7 })
    const items = Array.from({ length: 50 }, (_, index) => index)
    assert.deepEqual(await Promise.all(items.map((item) => commits.add(item))), items)
    assert.deepEqual(seen, items)
  })

  it('rejects each change of a batch that failed with its error, and goes on with the next', async () => {
    const { batches, flush } = heldFlush()
    const commits = groupCommit({ flush })
    const first = Promise.allSettled([commits.add(1), commits.add(2)])
    await turn()
    const next = commits.add(3)
    const lost = new Error('connection lost')
    batches[0]?.end(lost)
    assert.deepEqual(await first, [
      { status: 'rejected', reason: lost },
      { status: 'rejected', reason: lost },
    ])
    await turn()
    batches[1]?.end()
    assert.equal(await next, 'result 3')
  })

  it('rejects a batch that was answered with too few results', async () => {
    const commits = groupCommit({ flush: async () => ['only one'] })
    const results = await Promise.allSettled([commits.add(1), commits.add(2)])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
  })

  it('refuses more than may wait, at once, and takes more when there is room again', async () => {
    const { batches, flush } = heldFlush()
    const commits = groupCommit({ flush, queueLengthMax: 2 })
    const inFlight = commits.add(0)
    await turn()
    const waiting = [commits.add(1), commits.add(2)]
    await assert.rejects(commits.add(3), { code: 'CF_OVERLOADED' })
    batches[0]?.end()
    await inFlight
    await turn()
    const late = commits.add(4)
    batches[1]?.end()
    await Promise.all(waiting)
    await turn()
    batches[2]?.end()
    assert.equal(await late, 'result 4')
  })

  it('lets what is far longer than usual go in batches of its own, all in the order in which it came', async () => {
    const { batches, flush } = heldFlush()
    const long = BATCH_CHARACTERS_MAX / 2
    const commits = groupCommit({ flush, charactersOf: (item) => (item > 100 ? item : 10) })
    const results = Promise.all([1, 2, long, long, long + 1, 3 * long, 3].map((item) => commits.add(item)))
    for (let index = 0; index < 5; index++) {
      await turn()
      batches[index]?.end()
    }
    await results
    assert.deepEqual(
      batches.map(({ items }) => items),
      [[1, 2, long], [long], [long + 1], [3 * long], [3]],
    )
  })

  it('is idle when all that was added is settled', async () => {
    const { batches, flush } = heldFlush()
    const commits = groupCommit({ flush })
    await commits.idle()
    const events: string[] = []
    const result = commits.add(1).then(() => events.push('settled'))
    const idle = commits.idle().then(() => events.push('idle'))
    await turn()
    assert.deepEqual(events, [])
    batches[0]?.end()
    await Promise.all([result, idle])
    assert.deepEqual(events, ['settled', 'idle'])
  })
})
