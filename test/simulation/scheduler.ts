interface Timer {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
  /** A process's own: it is no event of the world outside, and gone when that process is. */
  readonly life: { readonly alive: boolean } | undefined
  cancelled: boolean
}

/** Virtual time: timers run in the order of their time, and of their making where the time is the same. */
export class Scheduler {
  nowMs = Date.UTC(2027, 0, 4, 9)
  readonly startMs = this.nowMs
  #order = 0
  readonly #heap: Timer[] = []

  after(delayMs: number, run: () => void, life?: { readonly alive: boolean }): () => void {
    const timer: Timer = {
      atMs: this.nowMs + Math.max(0, Math.round(delayMs)),
      order: this.#order++,
      run,
      life,
      cancelled: false,
    }
    this.#push(timer)
    return () => {
      timer.cancelled = true
    }
  }

  /** Runs timers until `over` says so, none is left, or virtual time reaches `untilMs`. Answers how many ran. */
  async run(untilMs: number, over: () => boolean): Promise<number> {
    let count = 0
    while (!over()) {
      const timer = this.#pop()
      if (timer === undefined || timer.atMs > untilMs) {
        if (timer !== undefined) this.#push(timer)
        break
      }
      this.nowMs = Math.max(this.nowMs, timer.atMs)
      timer.run()
      count++
      await drained()
    }
    return count
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

  #push(timer: Timer): void {
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

  #pop(): Timer | undefined {
    for (;;) {
      const timer = this.#popAny()
      if (timer === undefined || (!timer.cancelled && timer.life?.alive !== false)) return timer
    }
  }

  #popAny(): Timer | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first
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
    return first
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

/** Resolves once every promise that could go on has done so. */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
