import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/** Ends the process as a power cut would. */
export interface SuddenDeath {
  readonly isArmed: boolean
  /** At once: whatever is under way stays as it was written down. */
  now(): void
  /** At the worst moment: the next request has reached the provider, its answer has begun, and nobody has read it. */
  arm(): void
  disarm(): void
}

/** Where undici, with which Counterfoil talks to the provider, tells that the head of an answer has come. */
const ANSWER_BEGINS = 'undici:request:headers'

/** `providerUrl` is where Counterfoil sends its messages; requests to other addresses arm nothing. */
export function suddenDeath(
  providerUrl: string,
  die: () => void = () => void process.kill(process.pid, 'SIGKILL'),
): SuddenDeath {
  const provider = new URL(providerUrl)
  let isArmed = false

  function onAnswer(message: unknown): void {
    const { request } = message as {
      readonly request: { readonly origin?: unknown; readonly path?: unknown }
    }
    if (String(request.origin) !== provider.origin || request.path !== provider.pathname) return
    disarm()
    die()
  }
  function disarm(): void {
    if (isArmed) unsubscribe(ANSWER_BEGINS, onAnswer)
    isArmed = false
  }
  return {
    get isArmed() {
      return isArmed
    },
    now: die,
    arm: () => {
      if (!isArmed) subscribe(ANSWER_BEGINS, onAnswer)
      isArmed = true
    },
    disarm,
  }
}
