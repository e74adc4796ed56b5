/** Whatever a browser or a process of this suite waits for, it waits for at most so long. */
export const PAGE_WITHIN_MS = 15_000
/** From kill or silence to the payment's end: the answer's time limit, the waiting rule in scaled time, the rounds. */
export const END_WITHIN_MS = 30_000
/** A process that was killed or asked to end is gone within this. */
export const GONE_WITHIN_MS = 20_000
/** The shop answers so soon after its start (the issue's own bound). */
export const OPEN_WITHIN_MS = 5_000
/** One request to the shop or to the simulator's control interface. */
export const REQUEST_WITHIN_MS = 5_000

const LOOK_EVERY_MS = 40

/** Looks again and again until there is something; fails saying what there never was. */
export async function eventually<T>(
  what: string,
  limitMs: number,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const untilMs = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > untilMs) throw new Error(`${what}: not within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
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
