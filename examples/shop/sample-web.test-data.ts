import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Breaking } from './breaking/breaking.ts'
import { breakableDatabase } from './breaking/breakable-database.ts'
import type { Payments, ShopContext } from './context.ts'
import type { ShopDatabase } from './database.ts'
import { emptyShop } from './sample-shop.test-data.ts'
import type { FaultRequest } from './simulator-link.ts'
import { shopWeb } from './web.ts'

export const SHOP_URL = 'http://localhost:3000'
export const ATTACK = `"><script>alert('x')</script>`

/** A browser: keeps the cookie, knows the token of the last page, and says where its forms come from. */
export class Browser {
  readonly #app: FastifyInstance
  cookie = ''
  token = ''

  constructor(app: FastifyInstance) {
    this.#app = app
  }

  async get(url: string) {
    const reply = await this.#app.inject({ url, headers: this.#headers() })
    const set = reply.headers['set-cookie']
    if (typeof set === 'string') this.cookie = set.split(';', 1)[0] ?? ''
    this.token = /name="token" value="([^"]+)"/.exec(reply.body)?.[1] ?? this.token
    return reply
  }

  async post(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    return this.#app.inject({
      method: 'POST',
      url,
      headers: { ...this.#headers(), 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: new URLSearchParams({ token: this.token, ...fields }).toString(),
    })
  }

  get visitor(): string {
    return /=([a-z]{28})\./.exec(this.cookie)?.[1] ?? ''
  }

  #headers() {
    return { host: 'localhost:3000', cookie: this.cookie }
  }
}

interface Opened {
  readonly breaking: Breaking
  /** How often the process would have died. */
  readonly deaths: { count: number }
  readonly context: ShopContext
  readonly app: FastifyInstance
  readonly browser: Browser
  readonly armed: FaultRequest[]
}

/** A breaking of which nothing is real but the database. */
function sampleBreaking(deaths: { count: number }): Breaking & { readonly database: ShopDatabase } {
  let [isAway, aheadMs, isArmed] = [false, 0, false]
  return {
    database: breakableDatabase(emptyShop()),
    mail: {
      isAway: () => isAway,
      setAway: (away) => {
        isAway = away
      },
    },
    clock: {
      get aheadMs() {
        return aheadMs
      },
      putAhead: (byMs) => {
        if (aheadMs > 0) return false
        aheadMs += byMs
        return true
      },
      putRight: () => {
        aheadMs = 0
      },
    },
    death: {
      get isArmed() {
        return isArmed
      },
      now: () => void deaths.count++,
      arm: () => {
        isArmed = true
      },
      disarm: () => {
        isArmed = false
      },
    },
    supervisor: { restarts: 2 },
  }
}

/** The shop's pages over a database in memory. `breakable` is false for a shop in which nothing may be broken. */
export async function open(
  t: TestContext,
  payments: Partial<Payments> = {},
  breakable: boolean = true,
): Promise<Opened> {
  const deaths = { count: 0 }
  const breaking = sampleBreaking(deaths)
  const { database } = breaking
  const armed: FaultRequest[] = []
  const context: ShopContext = {
    database,
    payments: {
      list: async () => [],
      unreadable: async () => [],
      history: async () => [],
      ...payments,
    } as Payments,
    checkoutUrl: (orderId) => `${SHOP_URL}/pay/orders/${orderId}`,
    simulator: {
      pageUrl: 'http://localhost:4010/worldpay/',
      ledgerOf: async () => ({ kind: 'nothing' }),
      addFault: async (fault) => void armed.push(fault),
      clearFaults: async () => void armed.splice(0),
      faults: async () => armed.map(({ kind }) => String(kind)),
    },
    sink: {
      mails: async () => [
        { messageId: undefined, from: ATTACK, to: ATTACK, subject: ATTACK, dateMs: 0, text: ATTACK },
      ],
    },
    breaking: breakable ? breaking : undefined,
    shopUrl: SHOP_URL,
    secret: 'a secret of a test',
  }
  const app = await shopWeb(context)
  t.after(() => app.close())
  return { context, app, browser: new Browser(app), armed, breaking, deaths }
}
