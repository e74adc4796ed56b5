import { setTimeout as sleep } from 'node:timers/promises'

const WITHIN_MS = 20_000

/** Waits for a state; far longer than it ever takes, because the machine may be busy. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + WITHIN_MS
  while (!(await isSo())) {
    if (performance.now() > untilMs)
      throw new Error(`it did not become so within ${WITHIN_MS} ms: ${isSo.toString()}`)
    await sleep(10)
  }
}
