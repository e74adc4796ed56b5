import { join } from 'node:path'
import type { Counterfoil } from '../engine/api.ts'
import { createCounterfoil } from '../engine/counterfoil.ts'
import { postgresJournal } from '../journal/postgres/index.ts'
import { fileSpool, type Spool } from '../journal/spool/index.ts'
import { sqliteJournal } from '../journal/sqlite/index.ts'
import { DEFAULT_SCHEMA, type PostgresOptions } from '../postgres/settings.ts'
import type { ApiOptions } from '../server/api/options.ts'
import { http, type HttpServer } from '../server/http.ts'
import { postgresTries } from '../server/tries/postgres-tries.ts'
import { sqliteTries } from '../server/tries/sqlite-tries.ts'
import type { TryStore } from '../server/tries/try-store.ts'
import { postgresOrderBook } from '../shop/order-book/postgres/index.ts'
import { sqliteOrderBook } from '../shop/order-book/sqlite/index.ts'
import type { OrderBook } from '../shop/order-book.ts'
import type { Shop } from '../shop/shop.ts'
import { webhookShop } from '../shop/webhook/index.ts'
import type { CheckedConfiguration } from './check-configuration.ts'
import type { Log } from './log.ts'
import { silentShop } from './silent-shop.ts'

/** What a server consists of, put together and not yet started. */
export interface Assembled {
  readonly counterfoil: Counterfoil
  readonly pages: HttpServer
  /** Undefined where the shop is in this process. */
  readonly orders: OrderBook | undefined
}

/** The files of the data folder. */
export const JOURNAL_FILE = 'payments.db'
export const ORDERS_FILE = 'orders.db'
export const TRIES_FILE = 'tries.db'
export const SPOOL_FILE = 'answers.spool'
/** Servers that run beside one another on one folder, as in a deploy, have a spool each. */
const SPOOL_FILES_MAX = 8

/**
 * Puts engine, pages and API together. It only validates: no file is opened, and nothing listens. `tries` is where tries
 * to pay are counted; in memory where it is left out, for a look at the configuration.
 *
 * @throws CF_CONFIG, CF_PIPELINE
 */
export function assemble(configuration: CheckedConfiguration, log: Log, tries?: TryStore): Assembled {
  const { dataFolder, postgres, apiKeys, limits, modules, publicUrl, secret, trustProxy, allowInsecure } =
    configuration
  const orders = apiKeys === undefined ? undefined : orderBookOf(configuration)
  const counterfoil = createCounterfoil({
    journal:
      postgres === undefined ? sqliteJournal(join(dataFolder, JOURNAL_FILE)) : postgresJournal(postgres),
    ...spoolOf(configuration),
    shop: shopOf(configuration, orders),
    modules,
    publicUrl,
    limits: limits.engine ?? {},
    log,
  })
  const pages = http(counterfoil, {
    ...configuration.pages,
    secret,
    log,
    ...(limits.server === undefined ? {} : { limits: limits.server }),
    ...(trustProxy === undefined ? {} : { trustProxy }),
    ...(allowInsecure === undefined ? {} : { allowInsecure }),
    tries: { ...limits.tries, ...(tries === undefined ? {} : { store: tries }) },
    ...apiOf(configuration, orders),
  })
  return { counterfoil, pages, orders }
}

function spoolOf({ dataFolder, postgres, spool = postgres !== undefined }: CheckedConfiguration): {
  readonly spool?: Spool
} {
  return spool ? { spool: fileSpool(join(dataFolder, SPOOL_FILE), { filesMax: SPOOL_FILES_MAX }) } : {}
}

/** The HTTP API: of a shop that hands its orders over, of the people who look after cases, or of both. */
function apiOf(
  { apiKeys, operators }: CheckedConfiguration,
  orders: OrderBook | undefined,
): { readonly api?: ApiOptions } {
  if (apiKeys === undefined && operators === undefined) return {}
  return {
    api: {
      ...(apiKeys === undefined || orders === undefined ? {} : { keys: apiKeys, orders }),
      ...(operators === undefined ? {} : { operators }),
    },
  }
}

function orderBookOf({ dataFolder, postgres }: CheckedConfiguration): OrderBook {
  return postgres === undefined
    ? sqliteOrderBook(join(dataFolder, ORDERS_FILE))
    : postgresOrderBook(besideJournal(postgres, 'orders'))
}

/** Where tries to pay are counted: for all servers together where there are several. */
export function triesOf({ dataFolder, postgres }: CheckedConfiguration): TryStore {
  return postgres === undefined
    ? sqliteTries(join(dataFolder, TRIES_FILE))
    : postgresTries(besideJournal(postgres, 'tries'))
}

/** Journal, orders and tries have a schema each. */
function besideJournal(postgres: PostgresOptions, name: string): PostgresOptions {
  return { ...postgres, schema: `${postgres.schema ?? DEFAULT_SCHEMA}_${name}` }
}

function shopOf({ shop, webhook }: CheckedConfiguration, orders: OrderBook | undefined): Shop {
  if (shop !== undefined) return shop
  // Either of them is there: checkedConfiguration() has seen to it.
  if (orders === undefined) throw new Error('neither a shop nor an order book')
  return webhook === undefined ? silentShop(orders) : webhookShop({ ...webhook, orders })
}
