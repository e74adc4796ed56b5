import type { Limits } from '../src/engine/api.ts'

/** The provider's time runs so many times faster: its hour is six seconds, and so long its page takes payments. */
export const TIME_SCALE = 600
export const NODES = 3
/** Where the payment pages are, below the balancer. */
export const MOUNT = '/pay'
export const LOOPBACK = '127.0.0.1'

/** The shop that is run, with or without what the next release adds: see `modules.ts`. */
export type Version = 1 | 2

/** What a node is started with, as the one argument of its process. */
export interface NodeSettings {
  readonly version: Version
  /** Where payers reach all of them. */
  readonly publicUrl: string
  /** Through the wire of this node. */
  readonly databaseUrl: string
  /** Through the wire of this node. */
  readonly paymentServiceUrl: string
  readonly shopUrl: string
  /** Its own, as if it were on a disk of its own. */
  readonly spoolPath: string
  /** Doubt that is older becomes a case. */
  readonly doubtCaseAfterMs: number
}

/** What the provider's process is started with. */
export interface SimulatorSettings {
  readonly dataFile: string
  readonly notificationUrl: string
}

/** What the shop's process is started with. */
export interface ShopSettings {
  readonly dataFolder: string
}

/** Production's limits, made short where a run waits for them. */
export const LIMITS: Partial<Limits> = {
  sendWithinMs: 3_000,
  answerWithinMs: 3_000,
  dueEveryMs: 250,
  heartbeatEveryMs: 300,
  nodeDeadAfterMs: 2_500,
  breakerRestMs: 500,
  challengeValidMs: 12_000,
}

/** How long the journal waits for the database; a promotion takes about two seconds. */
export const JOURNAL_TIMES = {
  connectTimeoutMs: 1_500,
  commitTimeoutMs: 1_500,
  confirmTimeoutMs: 4_000,
  readTimeoutMs: 1_500,
} as const

/** How a node's process ends where a person would look: its supervisor starts it again. */
export const EXIT_CODE_NOT_OPENED = 3
