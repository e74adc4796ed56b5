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
  }
  if (configuration.port === configuration.simulatorPort) {
    throw new SettingError(
      `SHOP_PORT and SHOP_SIMULATOR_PORT are both ${configuration.port}: give the simulator a port of its own`,
    )
  }
  return configuration
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
