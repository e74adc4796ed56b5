export interface Timer {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
  /** A process's own: it is no event of the world outside, and gone when that process is. */
  readonly life: { readonly alive: boolean } | undefined
  cancelled: boolean
}

/** Timers by their time, and by their making where the time is the same. What is cancelled or dead is passed over. */
export class TimerHeap {
  readonly #heap: Timer[] = []

  push(timer: Timer): void {
    const heap = this.#heap
    let index = heap.push(timer) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as Timer
      if (before(above, timer)) break
      heap[index] = above
      index = parent
    }
    heap[index] = timer
  }

  /** The first that is still to run. */
  peek(): Timer | undefined {
    for (;;) {
      const timer = this.#heap[0]
      if (timer === undefined || (!timer.cancelled && timer.life?.alive !== false)) return timer
      this.pop()
    }
  }

  /** Takes out the first, whatever it is. */
  pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      const left = index * 2 + 1
      const right = left + 1
      let child = left
      if (left >= heap.length) break
      if (right < heap.length && before(heap[right] as Timer, heap[left] as Timer)) child = right
      const below = heap[child] as Timer
      if (before(last, below)) break
      heap[index] = below
      index = child
    }
    heap[index] = last
  }

  /** When something outside the processes happens next; undefined when nothing does. */
  nextOutsideMs(): number | undefined {
    let nextMs: number | undefined
    for (const { atMs, life, cancelled } of this.#heap) {
      if (cancelled || life !== undefined) continue
      if (nextMs === undefined || atMs < nextMs) nextMs = atMs
    }
    return nextMs
  }
}

export function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
