import { secret } from 'counterfoil'
import { http, type HttpServer } from 'counterfoil/server'
import { openShop, shopUrl, type TeaShop } from './tea-shop.ts'

interface Payments {
  readonly shop: TeaShop
  readonly pages: HttpServer
}

// One process has one engine, because a journal has one owner. Next loads this file several times, for the pages and
// for the route handlers and again with each change under `next dev`: the engine stays where all of them find it.
const kept = globalThis as typeof globalThis & { counterfoil?: Promise<Payments> }

export function payments(): Promise<Payments> {
  kept.counterfoil ??= open()
  return kept.counterfoil
}

async function open(): Promise<Payments> {
  try {
    const shop = openShop()
    await shop.cf.start()
    const pages = http(shop.cf, { secret: secret(process.env.COUNTERFOIL_SECRET), brand: 'Tea', shopUrl })
    return { shop, pages }
  } catch (error) {
    // The next request tries again.
    delete kept.counterfoil
    throw error
  }
}
