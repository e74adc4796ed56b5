import { PostgresServer, queryOnce } from '../test/postgres/server.ts'

/** An existing server in place of one of our own: `postgres://user:password@host/database`, of one that may make databases. */
const GIVEN = process.env['COUNTERFOIL_TEST_POSTGRES']

/** A PostgreSQL for one play. Nothing of it is left after `close`. */
export interface PlayDatabase {
  readonly url: string
  close(): Promise<void>
}

/** Starts a server of our own, which ends with this process at the latest; or makes a database at the one that is given. */
export async function openDatabase(): Promise<PlayDatabase> {
  if (GIVEN !== undefined) return databaseAt(GIVEN)
  const server = await PostgresServer.create()
  return { url: server.url(), close: () => server[Symbol.asyncDispose]() }
}

async function databaseAt(server: string): Promise<PlayDatabase> {
  const name = `counterfoil_demo_${process.pid}`
  await queryOnce(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    close: async () => void (await queryOnce(server, `DROP DATABASE ${name} WITH (FORCE)`)),
  }
}
