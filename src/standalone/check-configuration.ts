import { resolve } from 'node:path'
import { defaultLimits } from '../engine/configuration.ts'
import { failure } from '../errors.ts'
import { defaultServerLimits } from '../server/options.ts'
import { defaultTryLimits } from '../server/tries/limits.ts'
import type {
  LimitsConfiguration,
  PagesConfiguration,
  ServerConfiguration,
  WebhookConfiguration,
} from './server-configuration.ts'

/** The configuration with its defaults, its paths absolute. What engine, pages and API check themselves is left to them. */
export interface CheckedConfiguration extends ServerConfiguration {
  readonly listen: { readonly host: string; readonly port: number }
  readonly dataFolder: string
  readonly drainMs: number
  readonly pages: PagesConfiguration
  readonly limits: LimitsConfiguration
  readonly checks: NonNullable<ServerConfiguration['checks']>
}

export const DEFAULT_HOST = '127.0.0.1'
export const DEFAULT_PORT = 3080
const DEFAULT_DATA_FOLDER = 'data'
const CHECKS_MAX = 20
const CHECK_NAME_CHARACTERS_MAX = 40

/** Every field, so that a misspelt one is not overlooked; the compiler compares the lists with the types. */
const FIELDS = {
  modules: true,
  publicUrl: true,
  secret: true,
  listen: true,
  dataFolder: true,
  postgres: true,
  spool: true,
  drainMs: true,
  shop: true,
  started: true,
  apiKeys: true,
  operators: true,
  webhook: true,
  pages: true,
  limits: true,
  trustProxy: true,
  allowInsecure: true,
  simulator: true,
  checks: true,
} satisfies Record<keyof ServerConfiguration, true>
const PAGES_FIELDS = { brand: true, shopUrl: true, texts: true, theme: true } satisfies Record<
  keyof PagesConfiguration,
  true
>
const WEBHOOK_FIELDS = {
  url: true,
  secrets: true,
  ca: true,
  allowLoopback: true,
} satisfies Record<keyof WebhookConfiguration, true>
const LIMITS_FIELDS = { engine: true, server: true, tries: true } satisfies Record<
  keyof LimitsConfiguration,
  true
>

/**
 * Checks what a configuration file exports. `folder` is the file's own: relative paths begin there.
 *
 * @throws CF_CONFIG naming the field and what is allowed.
 */
export function checkedConfiguration(given: unknown, folder: string): CheckedConfiguration {
  const fields = group('the configuration', given, FIELDS)
  required(
    fields,
    'modules',
    Array.isArray(fields['modules']),
    'must list payment modules: internalModule(...), externalModule(...)',
  )
  required(
    fields,
    'publicUrl',
    typeof fields['publicUrl'] === 'string',
    "must be an address, such as 'https://shop.example/pay'",
  )
  required(
    fields,
    'secret',
    isSealed(fields['secret']),
    "must be a sealed secret: secretSetting('COUNTERFOIL_SECRET')",
  )
  const { modules } = given as ServerConfiguration
  const wrongModule = modules.findIndex((module) => !isModule(module))
  if (wrongModule !== -1) {
    throw wrong(
      `modules[${wrongModule}]`,
      'is no payment module; make it with internalModule() or externalModule()',
    )
  }
  checkShop(fields)
  const { spool } = fields
  if (spool !== undefined && typeof spool !== 'boolean') throw wrong('spool', 'must be true or false')
  return {
    ...(given as ServerConfiguration),
    listen: listenFrom(fields['listen']),
    dataFolder: resolve(folder, textFrom('dataFolder', fields['dataFolder'], DEFAULT_DATA_FOLDER)),
    drainMs: drainFrom(fields['drainMs']),
    pages: group('pages', fields['pages'] ?? {}, PAGES_FIELDS),
    limits: limitsFrom(fields['limits']),
    checks: checksFrom(fields['checks']),
  }
}

const DRAIN_MS_MAX = 120_000

function drainFrom(given: unknown): number {
  if (given === undefined) return 0
  if (Number.isInteger(given) && (given as number) >= 0 && (given as number) <= DRAIN_MS_MAX)
    return given as number
  throw wrong('drainMs', `must be a whole number of milliseconds from 0 to ${DRAIN_MS_MAX}`)
}

function required(fields: Group, name: string, fits: boolean, rule: string): void {
  if (!fits) throw wrong(name, fields[name] === undefined ? `is missing: it ${rule}` : rule)
}

/** The shop is in this process, or it talks HTTP: both at once would be two owners of one order. */
function checkShop(fields: Group): void {
  const { shop, apiKeys, webhook, started } = fields
  if ((shop === undefined) === (apiKeys === undefined)) {
    throw wrong(
      'shop',
      'or apiKeys must be given, and not both: shop for one written in TypeScript, apiKeys for one that hands its orders over by HTTP',
    )
  }
  if (shop !== undefined && typeof (shop as { loadOrder?: unknown }).loadOrder !== 'function') {
    throw wrong('shop', 'must have at least loadOrder(orderId, signal)')
  }
  if (started !== undefined && typeof started !== 'function') {
    throw wrong('started', 'must be a function: ({ counterfoil, checkoutUrl }) => ...')
  }
  if (webhook === undefined) return
  if (shop !== undefined) {
    throw wrong('webhook', 'goes with apiKeys: a shop in this process is told by its own methods')
  }
  group('webhook', webhook, WEBHOOK_FIELDS)
}

function listenFrom(given: unknown): CheckedConfiguration['listen'] {
  const { host, port = DEFAULT_PORT } = group('listen', given ?? {}, { host: true, port: true })
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw wrong('listen.port', `must be a whole number from 0 to 65535 (default ${DEFAULT_PORT})`)
  }
  return { host: textFrom('listen.host', host, DEFAULT_HOST), port }
}

function limitsFrom(given: unknown): LimitsConfiguration {
  const limits = group('limits', given ?? {}, LIMITS_FIELDS)
  group('limits.engine', limits['engine'] ?? {}, defaultLimits)
  group('limits.server', limits['server'] ?? {}, defaultServerLimits)
  group('limits.tries', limits['tries'] ?? {}, defaultTryLimits)
  return limits
}

function checksFrom(given: unknown): CheckedConfiguration['checks'] {
  if (given === undefined) return []
  if (!Array.isArray(given) || given.length > CHECKS_MAX) {
    throw wrong('checks', `must list at most ${CHECKS_MAX} checks, such as smtpGreeting({ host })`)
  }
  for (const [index, check] of given.entries()) {
    const { name, run } = isRecord(check) ? check : {}
    const isName = typeof name === 'string' && name.trim() !== '' && name.length <= CHECK_NAME_CHARACTERS_MAX
    if (isName && typeof run === 'function') continue
    throw wrong(
      `checks[${index}]`,
      `must be { name, run(signal) }, the name of 1 to ${CHECK_NAME_CHARACTERS_MAX} characters`,
    )
  }
  return given as CheckedConfiguration['checks']
}

function textFrom(name: string, given: unknown, fallback: string): string {
  if (given === undefined) return fallback
  if (typeof given === 'string' && given.trim() !== '') return given
  throw wrong(name, `must be a text (default '${fallback}')`)
}

type Group = Readonly<Record<string, unknown>>

/** An object of known fields. */
function group(name: string, given: unknown, known: object): Group {
  if (!isRecord(given)) throw wrong(name, 'must be an object')
  const unknown = Object.keys(given).find((field) => !(field in known))
  if (unknown === undefined) return given
  const prefix = name === 'the configuration' ? '' : `${name}.`
  throw wrong(`${prefix}${unknown}`, `is not known; there are ${Object.keys(known).join(', ')}`)
}

/** Also told by `counterfoil pipelines`, for files that export nothing but modules. */
export function isModule(value: unknown): boolean {
  return isRecord(value) && typeof value['name'] === 'string' && isRecord(value['pipelines'])
}

function isSealed(value: unknown): boolean {
  return isRecord(value) && typeof value['reveal'] === 'function'
}

export function isRecord(value: unknown): value is Group {
  return typeof value === 'object' && value !== null
}

function wrong(name: string, rule: string): Error {
  return failure('CF_CONFIG', `${name} ${rule}`)
}
