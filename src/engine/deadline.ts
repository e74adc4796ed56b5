import type { World } from '../world.ts'

/** What became of a call that was given a deadline. */
export type Within<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** It may still happen. */
  | { readonly kind: 'late' }

/** Why a wait that is over ends. Without a reason each abort would make an exception with its stack (3 microseconds). */
export const OVER = 'over'

/** Calls and waits at most `deadlineMs`; then the signal aborts and nobody waits any more. */
export async function within<T>(
  world: World,
  deadlineMs: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<Within<T>> {
  const limit = new AbortController()
  const over = new AbortController()
  let result: Within<T> = { kind: 'late' }
  const running = async (): Promise<void> => {
    try {
      result = { kind: 'done', value: await call(limit.signal) }
    } catch (error) {
      result = { kind: 'failed', error }
    }
    over.abort(OVER)
  }
  void running()
  await world.sleep(deadlineMs, over.signal)
  if (result.kind === 'late') limit.abort()
  return result
}
