import { join } from 'node:path'
import type { Difference } from '../demo/audit.ts'
import { cardNumber } from '../demo/card-number.ts'
import { canariesOf, canaryHits } from '../test/crash/canary.ts'
import type { PostgresServer } from '../test/postgres/server.ts'
import { SECURITY_CODE } from './person.ts'
import type { Stage } from './stage.ts'

/** With these digits every card of a run begins, and no masked one shows as many. */
const DIGITS = 10
const PREFIX = cardNumber(1).slice(0, DIGITS)
const canaries = canariesOf({ number: PREFIX, securityCode: SECURITY_CODE })
const TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'counterfoil'"

/**
 * Every place where a card stands that may stand nowhere (S8): files of the nodes, the provider and the shop, what any of
 * them has printed, the data and logs of the database, and what it answers, which its files keep compressed.
 */
export async function cardLeaks({ folder, cluster }: Stage): Promise<readonly Difference[]> {
  const servers = [cluster.primary, cluster.standby]
  const places = [
    ...canaryHits(folder, canaries),
    ...servers.flatMap((server) => canaryHits(join(server.folder, 'data'), canaries)),
    ...servers.flatMap((server) => hitsIn('the log of the database', server.log())),
    ...(await inRows(cluster.primary)),
  ]
  return places.map((found) => ({ orderId: '', what: 'a card that was kept', expected: 'nowhere', found }))
}

async function inRows(server: PostgresServer): Promise<readonly string[]> {
  const hits: string[] = []
  for (const { tablename } of await server.query(TABLES)) {
    const rows = await server.query(`SELECT t::text AS line FROM counterfoil."${String(tablename)}" AS t`)
    for (const { line } of rows) hits.push(...hitsIn(`the table ${String(tablename)}`, String(line)))
  }
  return hits
}

function hitsIn(place: string, text: string): readonly string[] {
  return canaries.filter((canary) => text.includes(canary.text)).map(({ form }) => `${place}: ${form}`)
}
