import { after } from 'node:test'
import type { PostgresJournalOptions } from '../../src/journal/postgres/index.ts'
import { PostgresServer, queryOnce } from './server.ts'

/** An existing server to test on, in place of one of our own: `postgres://user:password@host/database`. */
const GIVEN = process.env['COUNTERFOIL_TEST_POSTGRES']

/** Where a test's journals stand. */
export interface TestSchema {
  readonly options: PostgresJournalOptions & { readonly url: string; readonly schema: string }
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  drop(): Promise<void>
}

/** One server for all tests of a file, with a schema for each; started when the first asks for it. */
export class TestDatabases {
  #server: Promise<PostgresServer> | undefined
  #count = 0

  /** To be called where tests are declared: the server ends after the last of them. */
  static forThisFile(): TestDatabases {
    const databases = new TestDatabases()
    after(() => databases.#end())
    return databases
  }

  async url(): Promise<string> {
    if (GIVEN !== undefined) return GIVEN
    this.#server ??= PostgresServer.create()
    return (await this.#server).url()
  }

  async schema(): Promise<TestSchema> {
    const url = await this.url()
    const schema = `test_${process.pid}_${++this.#count}`
    const query: TestSchema['query'] = async (text, values = []) => queryOnce(url, text, values)
    await query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    return {
      options: { url, schema },
      query,
      drop: async () => void (await query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)),
    }
  }

  async #end(): Promise<void> {
    await (await this.#server)?.[Symbol.asyncDispose]()
  }
}
