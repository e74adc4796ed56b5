import type { InboxItem } from '../../src/journal/journal.ts'
import { assertItem, assertNames } from '../../src/journal/names.ts'
import { assertLimit } from '../../src/journal/query.ts'

/** Notifications as a journal holds them, in the order in which they were received. Each write can be taken back. */
export class Inbox {
  #items: readonly InboxItem[] = []

  receive(item: InboxItem): () => void {
    assertItem(item)
    if (this.#items.some(({ id }) => id === item.id)) return () => undefined
    this.#items = [...this.#items, item]
    return () => {
      this.#items = this.#items.filter(({ id }) => id !== item.id)
    }
  }

  list(limit: number): readonly InboxItem[] {
    assertLimit(limit)
    return this.#items.slice(0, limit)
  }

  remove(id: string): () => void {
    assertNames([id], Infinity)
    const item = this.#items.find((other) => other.id === id)
    if (item === undefined) return () => undefined
    this.#items = this.#items.filter((other) => other !== item)
    return () => {
      this.#items = [item, ...this.#items]
    }
  }
}
