import { join } from 'node:path'
import type { Counterfoil } from '../engine/api.ts'
import { createCounterfoil } from '../engine/counterfoil.ts'
import { sqliteJournal } from '../journal/sqlite/index.ts'
import { http, type HttpServer } from '../server/http.ts'
import type { TryStore } from '../server/tries/try-store.ts'
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
  readonly journalPath: string
}

/** The files of the data folder. */
export const JOURNAL_FILE = 'payments.db'
export const ORDERS_FILE = 'orders.db'
export const TRIES_FILE = 'tries.db'

/**
 * Puts engine, pages and API together. It only validates: no file is opened, and nothing listens. `tries` is where tries
 * to pay are counted; in memory where it is left out, for a look at the configuration.
 *
 * @throws CF_CONFIG, CF_PIPELINE
 */
export function assemble(configuration: CheckedConfiguration, log: Log, tries?: TryStore): Assembled {
  const { dataFolder, apiKeys, limits, modules, publicUrl, secret, trustProxy, allowInsecure } = configuration
  const journalPath = join(dataFolder, JOURNAL_FILE)
  const orders = apiKeys === undefined ? undefined : sqliteOrderBook(join(dataFolder, ORDERS_FILE))
  const counterfoil = createCounterfoil({
    journal: sqliteJournal(journalPath),
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
    ...(apiKeys === undefined || orders === undefined ? {} : { api: { keys: apiKeys, orders } }),
  })
  return { counterfoil, pages, orders, journalPath }
}

function shopOf({ shop, webhook }: CheckedConfiguration, orders: OrderBook | undefined): Shop {
  if (shop !== undefined) return shop
  // Either of them is there: checkedConfiguration() has seen to it.
  if (orders === undefined) throw new Error('neither a shop nor an order book')
  return webhook === undefined ? silentShop(orders) : webhookShop({ ...webhook, orders })
}
