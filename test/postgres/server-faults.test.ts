import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { CounterfoilError } from '../../src/errors.ts'
import { postgresJournal, type PostgresJournalOptions } from '../../src/journal/postgres/index.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { following, nthChange, opening } from '../../src/testkit/journal-samples.ts'
import { until } from './eventually.ts'
import { PostgresServer } from './server.ts'

const unavailable = { code: 'CF_JOURNAL_UNAVAILABLE' }

describe('a journal in PostgreSQL and its server', () => {
  let server: PostgresServer
  let schema = ''
  let schemas = 0

  before(async () => {
    server = await PostgresServer.create()
  })
  after(() => server?.[Symbol.asyncDispose]())
  beforeEach(() => {
    schema = `server_${++schemas}`
  })

  async function withJournal(
    work: (journal: Journal) => Promise<void>,
    options: PostgresJournalOptions = {},
  ): Promise<void> {
    const journal = postgresJournal({ url: server.url(), schema, ...options })
    await journal.open({ nodeId: 'node-1' })
    try {
      await work(journal)
    } finally {
      await journal.close()
    }
  }
  const openOnly = (options: PostgresJournalOptions = {}) => withJournal(async () => undefined, options)
  const connections = async (): Promise<number> => {
    const rows = await server.query('SELECT FROM pg_stat_activity WHERE application_name = $1', [
      `counterfoil ${schema}`,
    ])
    return rows.length
  }

  it('opens no more connections than it says, and leaves none behind', async () => {
    await withJournal(
      async (journal) => {
        await journal.append(opening('p1'))
        const reads = await Promise.all(Array.from({ length: 200 }, () => journal.read('p1')))
        assert.ok(reads.every((found) => found?.version === 1))
        await until(async () => (await connections()) === 3 + 2)
      },
      { readersMax: 3 },
    )
    await until(async () => (await connections()) === 0)
  })

  it('leaves nothing behind when it cannot be opened', async () => {
    await openOnly()
    await server.query(`UPDATE ${schema}.schema_versions SET version = 99, compatible_from = 99`)
    await assert.rejects(openOnly(), {
      code: 'CF_JOURNAL_NEWER',
      message: /is at 99, for programs that know 99/,
    })
    await until(async () => (await connections()) === 0)
  })

  it('works beside a newer version that says it can (F25)', async () => {
    await openOnly()
    await server.query(`INSERT INTO ${schema}.schema_versions (version, compatible_from) VALUES (99, 1)`)
    await server.query(`ALTER TABLE ${schema}.payments ADD COLUMN later text`)
    await withJournal(async (journal) => {
      assert.deepEqual(await journal.append(opening('p1')), { kind: 'committed' })
    })
  })

  it('refuses a schema of somebody else, and adds nothing to it', async () => {
    await server.query(`CREATE SCHEMA ${schema}`)
    await server.query(`CREATE TABLE ${schema}.recipes (name text)`)
    await assert.rejects(openOnly(), { code: 'CF_JOURNAL_CORRUPT', message: /not those of Counterfoil/ })
    const tables = await server.query('SELECT FROM pg_tables WHERE schemaname = $1', [schema])
    assert.equal(tables.length, 1)
  })

  it('says what is damaged, and that it is not the data: a table or function that is gone', async () => {
    await withJournal(async (journal) => {
      await server.query(`DROP TABLE ${schema}.appends`)
      await assert.rejects(journal.append(opening('p1')), { code: 'CF_JOURNAL_CORRUPT', message: /appends/ })
      await assert.rejects(journal.history('p1'), { code: 'CF_JOURNAL_CORRUPT' })
      assert.equal(await journal.read('p1'), undefined)
    })
  })

  it('says that a snapshot is damaged when it reads it, and still reads the others', async () => {
    await withJournal(async (journal) => {
      await journal.append(opening('p1'))
      await journal.append(opening('p2'))
      await server.query(`UPDATE ${schema}.payments SET snapshot = '{' WHERE payment_id = 'p1'`)
      await assert.rejects(journal.read('p1'), { code: 'CF_JOURNAL_CORRUPT' })
      assert.equal((await journal.read('p2'))?.version, 1)
    })
  })

  it('says what its user may not do, and works with no right to change the schema', async () => {
    await openOnly()
    await server.query(`CREATE USER shop_${schemas}`)
    const url = server.url().replace('postgres@', `shop_${schemas}@`)
    await assert.rejects(openOnly({ url }), { code: 'CF_JOURNAL_READ_ONLY', message: /grant the user/ })
    await server.query(`GRANT USAGE ON SCHEMA ${schema} TO shop_${schemas}`)
    await server.query(
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO shop_${schemas}`,
    )
    await withJournal(
      async (journal) => {
        assert.deepEqual(await journal.append(opening('p1')), { kind: 'committed' })
      },
      { url },
    )
  })

  it('says what to do about a database that is not there, and keeps the password to itself', async () => {
    const url = server.url('nowhere').replace('postgres@', 'postgres:pass-word@')
    await assert.rejects(openOnly({ url }), (error: Error) => {
      assert.match(error.message, /create the database/)
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /pass-word/)
      return true
    })
    assert.doesNotMatch(postgresJournal({ url }).name, /pass-word/)
  })

  it('refuses a database that could not keep every text', async () => {
    await server.query("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    await assert.rejects(openOnly({ url: server.url('latin') }), { code: 'CF_CONFIG', message: /LATIN1/ })
  })

  it('refuses a server that takes no writes, also when it does so only later', async () => {
    await server.query('CREATE DATABASE closing')
    const url = server.url('closing')
    await withJournal(
      async (journal) => {
        await server.query('ALTER DATABASE closing SET default_transaction_read_only = on')
        await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'closing'")
        await assert.rejects(journal.append(opening('p1')), { ...unavailable, message: /takes no writes/ })
        await assert.rejects(journal.read('p1'), unavailable)
      },
      { url },
    )
  })

  it('does not let one row that somebody holds stop the others (F22)', async () => {
    await withJournal(
      async (journal) => {
        await journal.append(opening('p1'))
        await journal.append(opening('p2'))
        const holding = server.query(
          `BEGIN; SELECT FROM ${schema}.payments WHERE payment_id = 'p1' FOR UPDATE; SELECT pg_sleep(60)`,
        )
        holding.catch(() => undefined)
        const asleep = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        await until(async () => (await server.query(asleep)).length === 1)
        const [held, free] = await Promise.allSettled([
          journal.append(following('p1', 1)),
          journal.append(following('p2', 1)),
        ])
        assert.equal(held.status === 'rejected' && (held.reason as { code: string }).code, unavailable.code)
        assert.match(String((held as PromiseRejectedResult).reason), /holds a row/)
        assert.deepEqual(free, { status: 'fulfilled', value: { kind: 'committed' } })
        await server.query('SELECT pg_terminate_backend($1)', [(await server.query(asleep))[0]?.['pid']])
        assert.deepEqual(await journal.append(following('p1', 1)), { kind: 'committed' })
      },
      { commitTimeoutMs: 500 },
    )
  })

  /** The server says this to whoever writes that payment, as it would with a fault of its own. */
  async function failingFor(paymentId: string, state: string): Promise<void> {
    await server.query(`
      CREATE FUNCTION ${schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'as the test wants it' USING ERRCODE = '${state}'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON ${schema}.payments FOR EACH ROW
      WHEN (NEW.payment_id = '${paymentId}') EXECUTE FUNCTION ${schema}.fail()`)
  }

  it('does not let one change that the server refuses take its batch along (F22)', async () => {
    await withJournal(async (journal) => {
      await failingFor('p2', '22000')
      const told = await Promise.allSettled(['p1', 'p2', 'p3'].map((id) => journal.append(opening(id))))
      assert.deepEqual(
        told.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      const { code, retry, details } = (told[1] as PromiseRejectedResult).reason as CounterfoilError
      assert.deepEqual([code, retry, details], ['CF_JOURNAL_REFUSED', 'never', { sqlState: '22000' }])
      assert.equal((await journal.list({ limit: 10 })).payments.length, 2)
    })
  })

  it('finds the changes that a rule of the database refuses among hundreds in a few commits (F22)', async () => {
    await withJournal(async (journal) => {
      await server.query(
        `ALTER TABLE ${schema}.payments ADD CONSTRAINT rule CHECK (payment_id NOT IN ('p17', 'p211'))`,
      )
      const tries = async (): Promise<number> =>
        Number((await server.query(`SELECT max(batch) AS batch FROM ${schema}.writers`))[0]?.['batch'])
      const before = await tries()
      const ids = Array.from({ length: 300 }, (_, index) => `p${index}`)
      const told = await Promise.allSettled([
        ...ids.map((id) => journal.append(opening(id))),
        journal.append(following('p16', 1)),
        journal.heartbeat('node-1', 0),
      ])
      const refused = told.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
      assert.deepEqual(refused, [17, 211])
      for (const index of refused) {
        const { code } = (told[index] as PromiseRejectedResult).reason as CounterfoilError
        assert.equal(code, 'CF_JOURNAL_REFUSED')
      }
      assert.equal((await journal.read('p16'))?.version, 2, 'in the order in which they came')
      await journal.append(opening('q1'))
      const made = (await tries()) - before
      assert.ok(made <= 40, `${made} commits`)
    })
  })

  it('says of an old payment that a rule of the database refuses it, and writes it once the rule is gone', async () => {
    await withJournal(async (journal) => {
      await journal.append(opening('p1'))
      const rule = `ALTER TABLE ${schema}.appends ADD CONSTRAINT rule CHECK (version < 2) NOT VALID`
      await server.query(rule)
      for (let time = 0; time < 2; time++) {
        await assert.rejects(journal.append(following('p1', 1)), {
          code: 'CF_JOURNAL_REFUSED',
          message: /violates check constraint/,
        })
      }
      assert.equal((await journal.read('p1'))?.version, 1)
      await server.query(`ALTER TABLE ${schema}.appends DROP CONSTRAINT rule`)
      assert.deepEqual(await journal.append(following('p1', 1)), { kind: 'committed' })
    })
  })

  it('refuses new payments on a full disk, and tries to write the answers all the same (F11)', async () => {
    await withJournal(async (journal) => {
      await journal.append(opening('p1'))
      await failingFor('p2', '53100')
      const [fresh, answer] = await Promise.allSettled([
        journal.append(opening('p2')),
        journal.append(following('p1', 1)),
      ])
      assert.match(String((fresh as PromiseRejectedResult).reason), /make room on the disk of the database/)
      assert.equal(((fresh as PromiseRejectedResult).reason as { code: string }).code, 'CF_JOURNAL_FULL')
      assert.deepEqual(answer, { status: 'fulfilled', value: { kind: 'committed' } })
    })
  })

  it('gives nobody else the fault of one on a full disk either (F11, F22)', async () => {
    await withJournal(async (journal) => {
      for (const id of ['p1', 'p3', 'p4']) await journal.append(opening(id))
      await server.query(
        `ALTER TABLE ${schema}.appends ADD CONSTRAINT rule CHECK (payment_id <> 'p3' OR version < 2)`,
      )
      await failingFor('p2', '53100')
      const told = await Promise.allSettled([
        journal.append(opening('p2')),
        ...['p1', 'p3', 'p4'].map((id) => journal.append(following(id, 1))),
      ])
      assert.deepEqual(
        told.map((each) =>
          each.status === 'fulfilled' ? 'written' : (each.reason as CounterfoilError).code,
        ),
        ['CF_JOURNAL_FULL', 'written', 'CF_JOURNAL_REFUSED', 'written'],
      )
    })
  })

  it('refuses a name that the database cannot keep, for that change alone', async () => {
    await withJournal(async (journal) => {
      const [wrong, right] = await Promise.allSettled([
        journal.append(opening('p\u0000')),
        journal.append(opening('p1')),
      ])
      assert.match(String((wrong as PromiseRejectedResult).reason), /cannot keep the name "p\\u0000"/)
      assert.equal(right.status, 'fulfilled')
      assert.equal(await journal.read('p\u0000'), undefined)
      assert.deepEqual((await journal.list({ orderId: '\ud800', limit: 1 })).payments, [])
    })
  })

  it('reads no table from end to end for a batch, also one without statistics', async () => {
    await openOnly()
    const tables = ['payments', 'appends', 'payment_references', 'orders', 'inbox', 'nodes', 'writers']
    for (const table of tables) {
      await server.query(`ALTER TABLE ${schema}.${table} SET (autovacuum_enabled = off)`)
    }
    // What a connection has counted is seen by others once it has ended.
    const scansOf = async (): Promise<Readonly<Record<string, number>>> => {
      await until(async () => (await connections()) === 0)
      const rows = await server.query(
        'SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = $1',
        [schema],
      )
      return Object.fromEntries(rows.map((row) => [row['relname'], Number(row['seq_scan'])]))
    }
    const before = await scansOf()
    await withJournal(async (journal) => {
      const ids = Array.from({ length: 300 }, (_, index) => `p${index}`)
      for (let version = 1; version <= 4; version++) {
        const notify = { gateway: 'g', receivedAtMs: 1, raw: '', isAuthentic: true, callerAddress: undefined }
        const verdicts = await Promise.all([
          ...ids.map((id) => journal.append(nthChange(id, version))),
          ...ids.map((id) => journal.receive({ ...notify, id: `${id} ${version}` })),
          ...ids.map((id) => journal.removeFromInbox(`${id} ${version - 1}`)),
          journal.heartbeat('node-1', 0),
        ])
        assert.ok(
          verdicts.slice(0, 300).every((verdict) => (verdict as { kind: string }).kind === 'committed'),
        )
      }
    })
    const after = await scansOf()
    // The others have a row for each node, and may well be read as a whole.
    for (const table of tables.slice(0, 5)) assert.equal(after[table], before[table], table)
  })

  it('goes on by itself when its server was killed and is back', async () => {
    await withJournal(
      async (journal) => {
        await journal.append(opening('p1'))
        await server.stop('KILL')
        await assert.rejects(journal.append(following('p1', 1)), unavailable)
        await assert.rejects(journal.read('p1'), unavailable)
        await server.start()
        await until(async () => (await journal.read('p1').catch(() => undefined))?.version === 1)
        assert.deepEqual(await journal.append(following('p1', 1)), { kind: 'committed' })
      },
      { confirmTimeoutMs: 200 },
    )
  })

  it('loses nothing that it called committed when its server is killed at any moment', async () => {
    await withJournal(async (journal) => {
      const committed = new Map<string, number>()
      const over = new AbortController()
      const write = async (id: string): Promise<void> => {
        for (let version = 1; !over.signal.aborted; version++) {
          const verdict = await journal.append(nthChange(id, version)).catch(() => undefined)
          if (verdict?.kind !== 'committed') return
          committed.set(id, version)
        }
      }
      const writers = Array.from({ length: 20 }, (_, index) => write(`p${index}`))
      await until(() => committed.size === 20 && [...committed.values()].every((version) => version > 3))
      await server.stop('KILL')
      over.abort()
      await server.start()
      // What was in flight is known by now: each of them hears what became of it.
      await Promise.all(writers)
      await until(async () => (await journal.read('p0').catch(() => undefined)) !== undefined)
      for (const [id, version] of committed)
        assert.ok(((await journal.read(id))?.version ?? 0) >= version, id)
    })
  })

  it('ends at once when the server is away', async () => {
    await withJournal(async (journal) => {
      await server.stop('KILL')
      await journal.close()
      await server.start()
    })
  })
})
