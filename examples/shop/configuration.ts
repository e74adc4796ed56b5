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
  /** SHOP_RESTARTS: how often the supervisor has started this shop again. It sets that itself; without one there is none. */
  readonly restarts: number | undefined
}

const TIME_SCALE_MAX = 1_000

/** A setting with a wrong value. The message names it and says what is allowed. */
export class SettingError extends Error {}

/**
 * Reads the settings. An empty value counts as none.
 *
 * @throws SettingError
 */
export function readConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  const configuration = {
    port: integer(environment, 'SHOP_PORT', { default: 3000, min: 1, max: 65_535 }),
    simulatorPort: integer(environment, 'SHOP_SIMULATOR_PORT', { default: 4010, min: 1, max: 65_535 }),
    dataFolder: resolve(textOf(environment, 'SHOP_DATA') ?? 'data'),
    timeScale: integer(environment, 'SHOP_TIME_SCALE', { default: 60, min: 1, max: TIME_SCALE_MAX }),
    changeOfMind: oneOf(environment, 'SHOP_CHANGE_OF_MIND', ['wait', 'switch']),
    notifications: oneOf(environment, 'SHOP_NOTIFICATIONS', ['on', 'off']),
    trustProxy: listOf(environment, 'SHOP_TRUST_PROXY'),
    breaking: oneOf(environment, 'SHOP_BREAKING', ['on', 'off']),
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
