import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 40

/** Looks again and again until there is something; fails saying what there never was. */
export async function eventually<T>(
  what: string,
  limitMs: number,
  look: () => T | undefined | Promise<T | undefined>,
  /** Between two looks: always the same, or as long as the number of looks says. */
  everyMs: number | ((looks: number) => number) = LOOK_EVERY_MS,
): Promise<T> {
  const untilMs = performance.now() + limitMs
  for (let looks = 1; ; looks++) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > untilMs) throw new Error(`${what}: not within ${limitMs} ms`)
    await sleep(typeof everyMs === 'number' ? everyMs : everyMs(looks))
  }
}

/** Waits at most so long for what must end by itself. */
export async function inTime<T>(what: string, limitMs: number, waiting: Promise<T>): Promise<T> {
  let timeout: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timeout = setTimeout(() => reject(new Error(`${what}: not within ${limitMs} ms`)), limitMs)
  })
  try {
    return await Promise.race([waiting, late])
  } finally {
    clearTimeout(timeout)
  }
}

/** Does the same with each of a list, with at most so many at once, in the list's order. */
export async function withEach<T>(
  list: readonly T[],
  atOnce: number,
  work: (each: T) => Promise<void>,
): Promise<void> {
  const left = [...list]
  const hand = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, list.length) }, hand))
}
