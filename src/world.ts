import { randomBytes, randomFillSync } from 'node:crypto'
import { hostname } from 'node:os'

/**
 * Everything that would make the engine answer differently on another day: time, timers, randomness and
 * names. It is handed in, so that the same engine runs in production and in a simulation with a virtual clock.
 *
 * @example
 * const cf = createCounterfoil({ ...config, world: realWorld() })
 */
export interface World {
  /** Wall clock in milliseconds since 1970. It may jump; it orders nothing and rules no deadline alone (F14). */
  nowMs(): number
  /** Milliseconds on a clock that never goes back. Its zero means nothing. */
  monotonicMs(): number
  /** Resolves after `delayMs`, or early (without an error) when `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
  /** Runs `run` once after `delayMs`; the answer cancels it. `run` must not throw. */
  timer(delayMs: number, run: () => void): () => void
  /** `count` random bytes from a cryptographic source. */
  randomBytes(count: number): Uint8Array
  /** A name for this process that no other run has, for ownership: host, process id and a random part. */
  readonly nodeId: string
}

/** The world of a real process: the system clock, its timers and its random source. */
export function realWorld(): World {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve()
        const finish = (): void => {
          clearTimeout(timeout)
          signal?.removeEventListener('abort', finish)
          resolve()
        }
        const timeout = setTimeout(finish, delayMs)
        signal?.addEventListener('abort', finish, { once: true })
      }),
    timer: (delayMs, run) => {
      const timeout = setTimeout(run, delayMs)
      return () => clearTimeout(timeout)
    },
    randomBytes: pooledRandomBytes(),
    nodeId: `${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`,
  }
}

/** So many are asked of the system at once: one call costs as much for 4,096 bytes as for 16. */
const POOL_BYTES = 4_096

/** Each byte is given out once, and wiped from the pool then. */
function pooledRandomBytes(): World['randomBytes'] {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  return (count) => {
    if (count > POOL_BYTES) return randomFillSync(new Uint8Array(count))
    if (used + count > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    const bytes = pool.slice(used, used + count)
    pool.fill(0, used, used + count)
    used += count
    return bytes
  }
}

/**
 * A UUID of version 7 (RFC 9562): 48 bits of time, 74 random bits. Sorting by time keeps the journal's indexes
 * dense (random identifiers cost 3.4x in the store); nothing in it comes from an order or a counter.
 *
 * @example
 * newId(world) // '0199b2c4-5b1e-7d3a-9c40-2f6b8e1a7d55'
 */
export function newId(world: Pick<World, 'nowMs' | 'randomBytes'>): string {
  const bytes = world.randomBytes(10)
  const time = world.nowMs().toString(16).padStart(12, '0')
  bytes[0] = ((bytes[0] ?? 0) & 0x0f) | 0x70
  bytes[2] = ((bytes[2] ?? 0) & 0x3f) | 0x80
  const tail = hex(bytes)
  return `${time.slice(0, 8)}-${time.slice(8)}-${tail.slice(0, 4)}-${tail.slice(4, 8)}-${tail.slice(8)}`
}

/** A secret for a public link: 128 random bits as 32 hexadecimal digits. */
export function newToken(world: Pick<World, 'randomBytes'>): string {
  return hex(world.randomBytes(16))
}

/** Each byte in two digits: for so few bytes quicker than a buffer is made. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX[byte]
  return text
}
