import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Count, Taken, TryStore, TryStoreOptions } from './try-store.ts'

export interface TryStoreFixture {
  readonly store: TryStore
  /** Closes it and opens what it holds again; undefined where a store holds nothing beyond its process. */
  readonly reopen: (() => Promise<TryStore>) | undefined
  dispose(): Promise<void>
}

const count = (name: string, max = 3, withinMs = 1_000): Count => ({ name, max, withinMs })
const taken: Taken = { kind: 'taken' }
const again: Taken = { kind: 'again' }
const full = (...names: string[]): Taken => ({ kind: 'full', names })

/** What every store of tries has to pass. */
export function tryStoreConformance(
  name: string,
  open: (options?: TryStoreOptions) => Promise<TryStoreFixture>,
): void {
  describe(name, () => {
    let fixture: TryStoreFixture
    let store: TryStore
    beforeEach(async () => {
      fixture = await open()
      store = fixture.store
    })
    afterEach(() => fixture.dispose())
    const take = (id: string, counts: readonly Count[], nowMs = 0): Promise<Taken> =>
      store.take({ id, counts, nowMs })

    it('takes as many tries as a count has room for, and one more once the first has left its window', async () => {
      const order = count('o')
      for (const [id, nowMs] of [
        ['a', 0],
        ['b', 10],
        ['c', 20],
      ] as const) {
        assert.deepEqual(await take(id, [order], nowMs), taken)
      }
      assert.deepEqual(await take('d', [order], 999), full('o'))
      assert.deepEqual(await take('d', [order], 1_000), taken, 'the window slides')
      assert.deepEqual(await take('e', [order], 1_009), full('o'))
      assert.deepEqual(await take('e', [order], 1_010), taken)
    })

    it('takes a try that comes again at any time, and does not count it again', async () => {
      for (const id of ['a', 'b', 'a', 'a', 'c', 'b']) await take(id, [count('o')])
      assert.deepEqual(await take('a', [count('o')], 999), again)
      assert.deepEqual(await take('d', [count('o')], 999), full('o'))
      assert.deepEqual(await store.full([count('o')], 999), ['o'])
    })

    it('counts a try that comes again in what it did not stand in before, and only there', async () => {
      assert.deepEqual(await take('a', [count('o', 2), count('card 1', 1)]), taken)
      assert.deepEqual(await take('a', [count('o', 2), count('card 2', 1)]), again)
      assert.deepEqual(await take('b', [count('o', 2), count('card 2', 1)]), full('card 2'))
      assert.deepEqual(await take('b', [count('o', 2), count('card 3', 1)]), taken)
      assert.deepEqual(await take('a', [count('o', 2), count('card 3', 1)]), full('card 3'))
    })

    it('counts a try that is refused nowhere, and names every count that is full', async () => {
      const [order, card] = [count('o', 1), count('c', 1)]
      await take('a', [order])
      await take('b', [card])
      assert.deepEqual(await take('c', [count('s', 1), order, card]), full('o', 'c'))
      assert.deepEqual(await store.full([count('s', 1)], 0), [])
      assert.deepEqual(await take('d', [count('s', 1)]), taken)
    })

    it('keeps counts of different windows apart', async () => {
      const counts = [count('short', 1, 1_000), count('long', 2, 5_000)]
      assert.deepEqual(await take('a', counts, 0), taken)
      assert.deepEqual(await take('b', counts, 999), full('short'))
      assert.deepEqual(await take('b', counts, 1_000), taken)
      assert.deepEqual(await take('c', counts, 2_000), full('long'))
      assert.deepEqual(await store.full(counts, 4_999), ['long'])
      assert.deepEqual(await store.full(counts, 5_000), [])
      assert.deepEqual(await take('c', counts, 5_000), taken)
    })

    it('takes no more of a hundred tries at once than there is room for', async () => {
      const ids = Array.from({ length: 100 }, (_, index) => `t${index}`)
      const all = await Promise.all(ids.map((id) => take(id, [count('o', 3), count(`of ${id}`, 1)])))
      assert.equal(all.filter(({ kind }) => kind === 'taken').length, 3)
      assert.equal(all.filter(({ kind }) => kind === 'full').length, 97)
    })

    it('gives a try back in all of its counts, after which it can be taken anew', async () => {
      const counts = [count('o', 1), count('c', 1)]
      await take('a', counts)
      await store.giveBack('a')
      assert.deepEqual(await store.full(counts, 0), [])
      assert.deepEqual(await take('b', counts), taken)
      await store.giveBack('a')
      assert.deepEqual(await take('a', counts), full('o', 'c'))
    })

    it('tells which tries of a count wait for the end of their payment, the oldest first', async () => {
      const counts = [count('o', 9), count('c', 9)]
      for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) {
        await take(id, counts, index)
        if (id !== 'c') await store.began(id, `payment of ${id}`)
      }
      await take('elsewhere', [count('x')])
      await store.began('elsewhere', 'p')
      await store.began('never taken', 'p')
      const of = (id: string) => ({ id, paymentId: `payment of ${id}` })
      assert.deepEqual(await store.open(['o', 'c'], 10, 9), [of('a'), of('b'), of('d')])
      assert.deepEqual(await store.open(['c'], 10, 2), [of('a'), of('b')])
      assert.deepEqual(await store.open([], 10, 9), [])
      await store.keep('a')
      await store.giveBack('b')
      assert.deepEqual(await store.open(['o'], 10, 9), [of('d')])
      assert.deepEqual(await store.open(['o'], 1_003, 9), [], 'its window is over')
      assert.deepEqual(await take('a', counts, 20), again, 'a try that is kept goes on counting')
    })

    it('forgets, beyond its bound, the tries that would end first, and refuses nobody for it', async () => {
      await fixture.dispose()
      fixture = await open({ entriesMax: 4 })
      store = fixture.store
      await take('old', [count('o', 1, 1_000), count('card', 1, 90_000)], 0)
      await take('new', [count('p', 1, 1_000), count('q', 1, 1_000)], 500)
      assert.deepEqual(await take('next', [count('r', 1, 1_000)], 600), taken)
      const all = ['o', 'card', 'p', 'q', 'r'].map((name) => count(name, 1))
      assert.deepEqual(await store.full(all, 600), ['card', 'p', 'q', 'r'])
      for (let index = 0; index < 50; index++) {
        assert.deepEqual(await take(`t${index}`, [count(`n${index}`, 1, 1_000)], 700 + index), taken)
      }
      assert.deepEqual(await store.full(all, 750), ['card'], 'the longest window is kept longest')
      assert.deepEqual(await store.full([count('n49', 1)], 750), ['n49'])
    })

    it('keeps all of it over a restart, where it keeps anything', async (t) => {
      if (fixture.reopen === undefined) return t.diagnostic('it keeps nothing')
      await take('a', [count('o', 1)])
      await store.began('a', 'p')
      store = await fixture.reopen()
      assert.deepEqual(await take('a', [count('o', 1)]), again)
      assert.deepEqual(await take('b', [count('o', 1)]), full('o'))
      assert.deepEqual(await store.open(['o'], 0, 9), [{ id: 'a', paymentId: 'p' }])
      await store.giveBack('a')
      assert.deepEqual(await take('b', [count('o', 1)]), taken)
    })
  })
}
