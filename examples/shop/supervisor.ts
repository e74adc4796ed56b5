import { type ChildProcess, spawn } from 'node:child_process'

/** Bounds of the restarts. */
export interface SupervisorLimits {
  /** So often in a row it is started again; then it is left down. */
  readonly restartsMax: number
  /** Before the first restart; doubled before each that follows in a row. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
  /** Who was open for so long begins to count anew. */
  readonly soundAfterMs: number
}

export const defaultLimits: SupervisorLimits = {
  restartsMax: 5,
  firstPauseMs: 250,
  longestPauseMs: 4_000,
  soundAfterMs: 10_000,
}

/** What the child tells once it serves: from then on its death is not its own decision. */
export const OPEN = 'open'
/** The name under which the child finds how often it was started again. */
export const RESTARTS = 'SHOP_RESTARTS'

export interface Supervised {
  /** Arguments of node. */
  readonly command: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly say: (words: string) => void
  readonly limits?: SupervisorLimits
}

export interface Supervisor {
  /** The process that is under way, if one is. */
  readonly pid: number | undefined
  /** Passes a signal on. From now on nothing is started again. */
  stop(signal: NodeJS.Signals): void
  /** The exit code to end with, once the last process has ended. */
  readonly ended: Promise<number>
}

interface Death {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly wasOpen: boolean
  readonly livedMs: number
}

/**
 * Runs a program and starts it again when it dies: killed by whatever signal, or ended by an error while it served. It
 * is not started again when it ends by itself, when it could not start, or when it dies again and again.
 */
export function supervise({ command, environment, say, limits = defaultLimits }: Supervised): Supervisor {
  let child: ChildProcess | undefined
  let isStopping = false
  let endPause: (() => void) | undefined

  async function run(): Promise<number> {
    let inARow = 0
    for (let restarts = 0; ; restarts++) {
      const death = await once(restarts)
      if (isStopping) return death.code ?? 1
      if (death.signal === null && (death.code === 0 || !death.wasOpen)) return death.code ?? 1
      if (death.livedMs >= limits.soundAfterMs) inARow = 0
      if (inARow === limits.restartsMax) {
        say(`The shop ${wordsOf(death)}, ${inARow + 1} times in a row. It is not started again.`)
        return 1
      }
      const pauseMs = Math.min(limits.firstPauseMs * 2 ** inARow, limits.longestPauseMs)
      inARow++
      say(
        `The shop ${wordsOf(death)}. It starts again in ${pauseMs / 1_000} s (${inARow} of ${limits.restartsMax} in a row).`,
      )
      await pause(pauseMs)
      if (isStopping) return 0
    }
  }

  function once(restarts: number): Promise<Death> {
    const startedMs = performance.now()
    // The channel tells the child of our death too: it ends with us, however we end.
    child = spawn(process.execPath, command, {
      env: { ...environment, [RESTARTS]: String(restarts) },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    })
    let wasOpen = false
    child.on('message', (message) => {
      wasOpen ||= message === OPEN
    })
    return new Promise((resolve, reject) => {
      child?.once('error', reject)
      child?.once('exit', (code, signal) => {
        child = undefined
        resolve({ code, signal, wasOpen, livedMs: performance.now() - startedMs })
      })
    })
  }

  function pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timeout = setTimeout(resolve, pauseMs)
      endPause = () => {
        clearTimeout(timeout)
        resolve()
      }
    })
  }

  return {
    get pid() {
      return child?.pid
    },
    stop: (signal) => {
      isStopping = true
      child?.kill(signal)
      endPause?.()
    },
    ended: run(),
  }
}

function wordsOf({ code, signal }: Death): string {
  return signal === null ? `has ended with ${code}` : `was killed (${signal})`
}
