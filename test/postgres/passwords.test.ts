import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { run } from '../../src/cli/run.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { postgresCopy } from '../../src/journal/postgres/copy-target.ts'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import { sqliteJournal } from '../../src/journal/sqlite/index.ts'
import { postgresTries } from '../../src/server/tries/postgres-tries.ts'
import { postgresOrderBook } from '../../src/shop/order-book/postgres/index.ts'
import { checkPostgres } from '../../src/standalone/doctor/postgres-check.ts'
import { opening } from '../../src/testkit/journal-samples.ts'
import { until } from './eventually.ts'
import { PostgresServer } from './server.ts'

const PASSWORD = 'tea/pot 7391?'
/** The password as it stands in an address, and in other clothes. */
const FORMS = [
  PASSWORD,
  encodeURIComponent(PASSWORD),
  'pot 7391',
  'pot%207391',
  Buffer.from(PASSWORD).toString('base64').slice(0, -2),
]

/** All that somebody could print of what was thrown: message, stack, fields, and every cause. */
function allOf(thrown: unknown): string {
  return `${inspect(thrown, { depth: 12, showHidden: true, getters: true })} ${JSON.stringify(thrown)}`
}

function assertKept(text: string, where: string): void {
  for (const form of FORMS) assert.equal(text.includes(form), false, `${where} shows ${form}:\n${text}`)
}

/** Each opens a connection, and answers what it made of it. */
const surfaces: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  postgresJournal: (url) => {
    const journal = postgresJournal({ url })
    return journal.open({ nodeId: 'node-1' }).catch((error: unknown) => [journal, journal.name, error])
  },
  'postgresJournal with several servers': (url) => {
    const journal = postgresJournal({ url: [url, url.replace(/:\d+\//, ':2/')] })
    return journal.open({ nodeId: 'node-1' }).catch((error: unknown) => [journal, journal.name, error])
  },
  postgresOrderBook: async (url) => {
    const book = postgresOrderBook({ url })
    const told = await Promise.all(
      [book.open(), book.find('A-1')].map((work) => work.catch((error: unknown) => error)),
    )
    await book.close()
    return [book, book.name, ...told]
  },
  postgresTries: async (url) => {
    const store = postgresTries({ url })
    const told = await store.giveBack('x').catch((error: unknown) => error)
    await store.close()
    return [store, store.name, told]
  },
  postgresCopy: (url) => postgresCopy({ url }).catch((error: unknown) => error),
  doctor: (url) => checkPostgres({ url }),
}

describe('the password of the database', () => {
  let server: PostgresServer
  let folder: string
  let file: string
  const warned: string[] = []
  const onWarning = (warning: Error): void => void warned.push(allOf(warning))

  before(async () => {
    server = await PostgresServer.create()
    const rules = join(server.folder, 'data', 'pg_hba.conf')
    const asIs = readFileSync(rules, 'utf8')
    writeFileSync(rules, `host all locked 127.0.0.1/32 scram-sha-256\n${asIs}`)
    await server.query("CREATE USER locked PASSWORD 'another one'")
    await server.query('SELECT pg_reload_conf()')
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-passwords-'))
    file = join(folder, 'payments.db')
    const journal = sqliteJournal(file, { reserveBytes: 4_096 })
    await journal.open({ nodeId: 'node-1' })
    await journal.close()
    process.on('warning', onWarning)
  })
  after(async () => {
    process.off('warning', onWarning)
    rmSync(folder, { recursive: true, force: true })
    await server?.[Symbol.asyncDispose]()
  })

  /** An address that is refused, and what is said about it. */
  const addresses = (): readonly (readonly [what: string, url: string, said: RegExp])[] => {
    const at = (password: string, place: string): string => `postgres://locked:${password}@${place}`
    const escaped = encodeURIComponent(PASSWORD)
    return [
      [
        'a wrong password',
        at(escaped, `127.0.0.1:${server.port}/postgres`),
        /password authentication failed/,
      ],
      ['a port where nobody listens', at(escaped, '127.0.0.1:1/postgres'), /ECONNREFUSED/],
      ['a host that is not there', at(escaped, 'db.invalid/postgres'), /ENOTFOUND|EAI_AGAIN/],
      ['a password that is not escaped', at(PASSWORD, 'db.invalid/postgres'), /url /],
      ['one that leaves a port before its slash', at('5432/pot 7391', 'db.invalid/p'), /url has an @ behind/],
      ['one that leaves a host before its slash', at('a@b/pot 7391', 'db.invalid/p'), /url has an @ behind/],
      ['one that leaves a port before its hash', at('1#pot 7391', 'db.invalid/p'), /url has an @ behind/],
      ['an address that is no address', `postgres//locked:${escaped}@db`, /url must be like/],
      ['another protocol', `mysql://locked:${escaped}@127.0.0.1/x`, /url must be like/],
    ]
  }

  for (const [name, open] of Object.entries(surfaces)) {
    it(`is in nothing that ${name} throws, says or is called`, async () => {
      for (const [what, url, said] of addresses()) {
        const told = await (async () => open(url))().catch((error: unknown) => error)
        const text = allOf(told)
        assert.match(text, said, `${name}, ${what}`)
        assertKept(text, `${name}, ${what}`)
      }
    })
  }

  it('is no argument of `journal copy`, and in nothing that it prints', async () => {
    const address = join(folder, 'address')
    for (const [what, url, said] of addresses()) {
      writeFileSync(address, `${url}\n`, { mode: 0o600 })
      const printed: string[] = []
      const output = {
        out: (text: string) => printed.push(text),
        error: (text: string) => printed.push(text),
      }
      assert.equal(await run(['journal', 'copy', file, '--to-file', address], output), 1, what)
      assert.match(printed.join('\n'), said, what)
      assert.doesNotMatch(
        printed.join('\n'),
        /\n\s+at /,
        `${what}: a mistake of people is told without a stack`,
      )
      assertKept(printed.join('\n'), what)
    }
    const [, wrong = ''] = addresses()[0] ?? []
    for (const argv of [
      [file, wrong],
      [wrong],
      [file, '--to-file', wrong],
      [file, `--to=${wrong}`],
      ['--schema', wrong],
    ]) {
      const printed: string[] = []
      const output = {
        out: (text: string) => printed.push(text),
        error: (text: string) => printed.push(text),
      }
      assert.equal(await run(['journal', 'copy', ...argv], output), 2)
      assert.match(printed.join('\n'), /the address of the database is no argument/)
      assertKept(printed.join('\n'), argv.join(' '))
    }
    appendFileSync(address, 'x'.repeat(5_000))
    const printed: string[] = []
    const output = { out: (text: string) => printed.push(text), error: (text: string) => printed.push(text) }
    assert.equal(await run(['journal', 'copy', file, '--to-file', address], output), 1)
    assertKept(printed.join('\n'), 'an address that is too long')
  })

  it('is in no warning of the process', () => {
    for (const text of warned) assertKept(text, 'a warning')
  })
})

describe('a password that changes', () => {
  let server: PostgresServer
  /** What the function answers, and how often it was asked. */
  let given: () => string | Promise<string>
  let asked = 0
  let journal: Journal
  let book: ReturnType<typeof postgresOrderBook>

  before(async () => {
    server = await PostgresServer.create()
    const rules = join(server.folder, 'data', 'pg_hba.conf')
    const asIs = readFileSync(rules, 'utf8')
    writeFileSync(rules, `host all rotating 127.0.0.1/32 scram-sha-256\n${asIs}`)
    await server.query("CREATE USER rotating SUPERUSER PASSWORD 'first token'")
    await server.query('SELECT pg_reload_conf()')
    given = () => 'first token'
    const connection = {
      host: '127.0.0.1',
      port: server.port,
      database: 'postgres',
      user: 'rotating',
      password: () => {
        asked++
        return given()
      },
    }
    journal = postgresJournal({ connection, connectTimeoutMs: 1_000, confirmTimeoutMs: 1_000 })
    book = postgresOrderBook({ connection, connectTimeoutMs: 1_000 })
    await journal.open({ nodeId: 'node-1' })
    await book.open()
  })
  after(async () => {
    await journal?.close()
    await book?.close()
    await server?.[Symbol.asyncDispose]()
  })

  /** All connections are gone, and with them whatever the server has let in by an old password. */
  const endConnections = (): Promise<unknown> =>
    server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rotating'")

  async function works(paymentId: string): Promise<boolean> {
    try {
      await book.find('A-1')
      return (await journal.append(opening(paymentId))).kind === 'committed'
    } catch (error) {
      if ((error as { readonly code?: string }).code === 'CF_JOURNAL_UNAVAILABLE') return false
      throw error
    }
  }

  it('is fetched for each new connection, and a connection that stands needs none', async () => {
    assert.equal(await works('p1'), true)
    const before = asked
    await server.query("ALTER USER rotating PASSWORD 'second token'")
    assert.equal(await works('p2'), true)
    assert.equal(asked, before, 'nobody is asked again while the connections stand')
    given = async () => 'second token'
    await endConnections()
    assert.equal((await book.find('A-1'))?.order.id, undefined, 'the very next question is answered')
    await until(() => works('p3'))
    assert.ok(asked > before)
  })

  it('that is an old one, or cannot be fetched, is said to be so, and the next one works', async () => {
    const refusedWith = (message: RegExp, withinMs?: number): Promise<void> =>
      assert.rejects(
        checkedOpening(() => given(), withinMs),
        { code: 'CF_JOURNAL_UNAVAILABLE', message },
      )
    given = () => 'first token'
    await refusedWith(/password authentication failed.*put right the user or the password/)
    given = () => Promise.reject(new Error('the vault is sealed'))
    await refusedWith(/the vault is sealed/)
    given = () => new Promise(() => undefined)
    await refusedWith(/gave no answer for 100 ms/, 100)
    given = () => 'second token'
    await checkedOpening(() => given())
  })

  /** Another journal of the same schema, opened and closed. */
  async function checkedOpening(
    password: () => string | Promise<string>,
    connectTimeoutMs = 10_000,
  ): Promise<void> {
    const { port } = server
    const connection = { host: '127.0.0.1', port, database: 'postgres', user: 'rotating', password }
    const other = postgresJournal({ connection, connectTimeoutMs })
    await other.open({ nodeId: 'node-2' })
    await other.close()
  }
})
