import { join } from 'node:path'
import { realWorld, type World } from 'counterfoil'
import { openShopDatabase, type ShopDatabase } from '../database.ts'
import type { MailSink } from '../mail-sink.ts'
import { breakableDatabase } from './breakable-database.ts'
import type { Breaking } from './breaking.ts'
import { type Circumstances, whyNotBreakable } from './guard.ts'
import { movableClock } from './movable-clock.ts'
import { suddenDeath } from './sudden-death.ts'

export interface OpeningOptions {
  readonly dataFolder: string
  readonly circumstances: Circumstances
  readonly sink: MailSink
  /** Keeps this node's clock apart from those of others on the same folder, as if each had a machine of its own. */
  readonly node?: string
  /** How often a supervisor has started this process again; undefined without one. */
  readonly restarts: number | undefined
}

/** What everything else is built upon: the time, the shop's database, and the handles to break both. */
export interface Foundations {
  readonly world: World
  readonly database: ShopDatabase
  /** Undefined where nothing may be broken on purpose; then the others are as they are anywhere. */
  readonly breaking: Breaking | undefined
  close(): void
}

/** Opens the shop's database and finds the time, breakable where the circumstances allow it. */
export function layFoundations(options: OpeningOptions): Foundations {
  const { dataFolder, circumstances, sink, node, restarts } = options
  const path = join(dataFolder, 'shop.db')
  if (whyNotBreakable(circumstances) !== undefined) {
    const database = openShopDatabase(path)
    return { world: realWorld(), database, breaking: undefined, close: () => database.close() }
  }
  const clock = movableClock(
    join(dataFolder, node === undefined ? 'clock-ahead-ms' : `clock-ahead-ms-${node}`),
  )
  const database = breakableDatabase(openShopDatabase(path, () => clock.world.nowMs()))
  const death = suddenDeath(circumstances.provider.worldpayUrls.paymentService)
  const supervisor = restarts === undefined ? undefined : { restarts }
  return {
    world: clock.world,
    database,
    breaking: { database, mail: sink, clock, death, supervisor },
    close: () => {
      death.disarm()
      database.close()
    },
  }
}
