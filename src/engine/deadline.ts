import type { World } from '../world.ts'

/** What became of a call that was given a deadline. */
export type Within<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** It may still happen. */
  | { readonly kind: 'late' }

/** Calls and waits at most `deadlineMs`; then the signal aborts and nobody waits any more. */
export function within<T>(
  world: World,
  deadlineMs: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<Within<T>> {
  return new Promise((resolve) => {
    const limit = new AbortController()
    const stop = world.timer(deadlineMs, () => {
      resolve({ kind: 'late' })
      limit.abort()
    })
    const running = async (): Promise<void> => {
      let result: Within<T>
      try {
        result = { kind: 'done', value: await call(limit.signal) }
      } catch (error) {
        result = { kind: 'failed', error }
      }
      stop()
      resolve(result)
    }
    void running()
  })
}
