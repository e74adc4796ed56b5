import type { Limits } from '../../src/engine/api.ts'

/** The PSP's delays run so many times faster than in production, and so do the adapter's floors. */
export const TIME_SCALE = 400

/** What a server process of this suite is started with. */
export interface NodeSettings {
  /** Holds the journal and the shop's database. */
  readonly folder: string
  readonly paymentServiceUrl: string
  readonly timeScale: number
  readonly limits: Partial<Limits>
  readonly seam?: SeamSettings
  /** With a spool in the folder. While the folder has a file AWAY_FILE, the journal takes nothing and tells nothing. */
  readonly spool?: boolean
}

export const AWAY_FILE = 'journal-away'
export const SPOOL_FILE = 'answers.spool'

/** Where a process sends itself a signal. */
export interface SeamSettings {
  readonly signal: 'SIGKILL' | 'SIGSTOP'
  /** The n-th crossing of a port, from 1; or the first one of this name. */
  readonly at: number | string
}

/** What a PSP process is started with. */
export interface SimulatorSettings {
  readonly folder: string
  readonly timeScale: number
  /** False makes the PSP execute a second order under the same code, so that sending twice would show as money. */
  readonly dedup: boolean
}

/** What the test may ask a server process for; answers hold no bigint and no card. */
export interface PayBody {
  readonly orderId: string
  readonly key: string
  readonly holder: string
}

export interface PaymentAnswer {
  readonly paymentId: string
  readonly status: string
  readonly settled: boolean
}

/** Production's limits, made short where a test waits for them. */
export const LIMITS: Partial<Limits> = {
  sendWithinMs: 1_000,
  answerWithinMs: 1_200,
  dueEveryMs: 100,
  heartbeatEveryMs: 200,
  nodeDeadAfterMs: 1_500,
  doubtCaseAfterMs: 30_000,
}
