import { resolve } from 'node:path'

/** Everything that can be set, each by one environment variable. */
export interface Configuration {
  /** SHOP_PORT: the shop and its payment pages. */
  readonly port: number
  /** SHOP_SIMULATOR_PORT: the provider's simulator. */
  readonly simulatorPort: number
  /** SHOP_DATA: the folder that holds everything that must outlive the process. */
  readonly dataFolder: string
  /** SHOP_TIME_SCALE: how many times faster than real the provider's time runs: 60 makes a minute a second. */
  readonly timeScale: number
  /**
   * SHOP_CHANGE_OF_MIND: what becomes of a payment on the provider's page when its payer wants another way to pay.
   * `wait`: the order is held until that page has closed. `switch`: another payment may begin beside it.
   */
  readonly changeOfMind: 'wait' | 'switch'
  /** SHOP_NOTIFICATIONS: whether the provider calls when something has happened. Without, asking has to find it out. */
  readonly notifications: 'on' | 'off'
  /** SHOP_TRUST_PROXY: addresses or ranges of the proxies, with commas between, whose X-Forwarded-For names the payer. */
  readonly trustProxy: readonly string[]
  /** SHOP_BREAKING: whether the page is there that breaks things on purpose; never beyond this machine. */
  readonly breaking: 'on' | 'off'
  /** SHOP_JOURNAL_URL: the PostgreSQL that holds the journal of this node and others. Without, it is a file of this one. */
  readonly journalUrl?: string
  /** SHOP_PUBLIC_URL: where payers find the shop when a balancer stands before it. Without, at its own port. */
  readonly publicUrl?: string
  /** SHOP_SIMULATOR_URL: a simulator of this machine that others use too. Without, this shop starts one. */
  readonly simulatorUrl?: string
  /** SHOP_DRAIN_MS: how long a stopping shop serves on while balancers learn that it stops. */
  readonly drainMs?: number
  /** SHOP_RESTARTS: how often the supervisor has started this shop again. It sets that itself; without one there is none. */
  readonly restarts: number | undefined
}

const TIME_SCALE_MAX = 1_000
const DRAIN_MS_MAX = 60_000
const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/

/** A setting with a wrong value. The message names it and says what is allowed. */
export class SettingError extends Error {}

/**
 * Reads the settings. An empty value counts as none.
 *
 * @throws SettingError
 */
export function readConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  const journalUrl = addressOf(environment, 'SHOP_JOURNAL_URL', JOURNAL)
  const publicUrl = addressOf(environment, 'SHOP_PUBLIC_URL', PUBLIC)
  const simulatorUrl = addressOf(environment, 'SHOP_SIMULATOR_URL', SIMULATOR)
  const configuration = {
    port: integer(environment, 'SHOP_PORT', { default: 3000, min: 1, max: 65_535 }),
    simulatorPort: integer(environment, 'SHOP_SIMULATOR_PORT', { default: 4010, min: 1, max: 65_535 }),
    dataFolder: resolve(textOf(environment, 'SHOP_DATA') ?? 'data'),
    timeScale: integer(environment, 'SHOP_TIME_SCALE', { default: 60, min: 1, max: TIME_SCALE_MAX }),
    changeOfMind: oneOf(environment, 'SHOP_CHANGE_OF_MIND', ['wait', 'switch']),
    notifications: oneOf(environment, 'SHOP_NOTIFICATIONS', ['on', 'off']),
    trustProxy: listOf(environment, 'SHOP_TRUST_PROXY'),
    breaking: oneOf(environment, 'SHOP_BREAKING', ['on', 'off']),
    ...(journalUrl !== undefined && { journalUrl }),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(simulatorUrl !== undefined && { simulatorUrl }),
    ...(textOf(environment, 'SHOP_DRAIN_MS') !== undefined && {
      drainMs: integer(environment, 'SHOP_DRAIN_MS', { default: 0, min: 0, max: DRAIN_MS_MAX }),
    }),
    restarts:
      textOf(environment, 'SHOP_RESTARTS') === undefined
        ? undefined
        : integer(environment, 'SHOP_RESTARTS', { default: 0, min: 0, max: 1_000_000 }),
  }
  if (configuration.port === configuration.simulatorPort) {
    throw new SettingError(
      `SHOP_PORT and SHOP_SIMULATOR_PORT are both ${configuration.port}: give the simulator a port of its own`,
    )
  }
  return configuration
}

/** One of these words; the first where nothing is set. */
function oneOf<Word extends string>(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const text = textOf(environment, name) ?? words[0]
  const word = words.find((candidate) => candidate === text)
  if (word !== undefined) return word
  throw new SettingError(`${name} must be ${words.join(' or ')} (default ${words[0]}), not '${text}'`)
}

interface Address {
  readonly like: string
  readonly fits: (url: URL) => boolean
}

const JOURNAL: Address = {
  like: 'postgresql://user:password@host:5432/database',
  fits: ({ protocol }) => protocol === 'postgresql:' || protocol === 'postgres:',
}
const PUBLIC: Address = {
  like: 'http://localhost:3000',
  fits: ({ protocol, pathname, search, hash }) =>
    /^https?:$/.test(protocol) && pathname + search + hash === '/',
}
/** Of this machine only: whoever simulates a provider is nobody's real one. */
const SIMULATOR: Address = {
  like: 'http://127.0.0.1:4010',
  fits: ({ protocol, hostname, pathname, search }) =>
    protocol === 'http:' && LOOPBACK.test(hostname) && pathname + search === '/',
}

/** An address without a slash at its end. The message does not repeat it: it may hold a password. */
function addressOf(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  { like, fits }: Address,
): string | undefined {
  const text = textOf(environment, name)
  if (text === undefined || (URL.canParse(text) && fits(new URL(text)))) return text?.replace(/\/$/, '')
  throw new SettingError(`${name} must be an address like ${like}`)
}

/** What stands between the commas; none where nothing is set. */
function listOf(environment: Readonly<Record<string, string | undefined>>, name: string): readonly string[] {
  const entries = (textOf(environment, name) ?? '').split(',').map((entry) => entry.trim())
  return entries.filter((entry) => entry !== '')
}

function integer(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  bounds: { readonly default: number; readonly min: number; readonly max: number },
): number {
  const text = textOf(environment, name)
  if (text === undefined) return bounds.default
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < bounds.min || value > bounds.max) {
    throw new SettingError(
      `${name} must be a whole number from ${bounds.min} to ${bounds.max} (default ${bounds.default}), not '${text}'`,
    )
  }
  return value
}

function textOf(environment: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const text = environment[name]?.trim()
  return text === '' ? undefined : text
}
