import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { it } from 'node:test'
import { loadDriver } from '../../postgres/driver.ts'
import { postgresJournal, type PostgresJournalOptions } from './index.ts'

const url = 'postgres://shop:pass-word@db.example:5433/payments?sslmode=verify-full'
const refused = (options: PostgresJournalOptions, message: RegExp): void =>
  assert.throws(() => postgresJournal(options), { code: 'CF_CONFIG', message })

it('names the servers without their passwords, also to whoever looks into it', () => {
  assert.equal(postgresJournal({ url }).name, 'postgres db.example:5433/payments (counterfoil)')
  const connection = { host: 'a', database: 'b', user: 'c', password: 'pass-word' }
  const journal = postgresJournal({ connection: [connection, { ...connection, host: 'd' }], schema: 'tea' })
  assert.equal(journal.name, 'postgres a:5432/b, d:5432/b (tea)')
  assert.equal(
    postgresJournal({ url: 'postgres:///db?host=/run/pg' }).name,
    'postgres /run/pg/db (counterfoil)',
  )
  for (const shown of [
    inspect(postgresJournal({ url }), { depth: 9, showHidden: true }),
    JSON.stringify(journal),
  ]) {
    assert.doesNotMatch(shown, /pass-word/)
  }
})

it('refuses what it could not connect to, and does not repeat an address that may hold a password', () => {
  refused({}, /either url or connection/)
  refused({ url, connection: { host: 'a', database: 'b', user: 'c' } }, /either url or connection/)
  refused({ url: [] }, /1 to 8 servers/)
  refused({ url: Array.from({ length: 9 }, () => url) }, /1 to 8 servers/)
  refused({ connection: { host: '', database: 'b', user: 'c' } }, /connection.host is missing/)
  for (const wrong of ['mysql://shop:pass-word@db/payments', 'shop:pass-word@db', '']) {
    assert.throws(
      () => postgresJournal({ url: wrong }),
      (error: Error) => {
        assert.match(error.message, /url must be like postgres:/)
        assert.doesNotMatch(error.message, /pass-word/)
        return true
      },
    )
  }
})

it('refuses a schema that would need quotes, and numbers out of their range', () => {
  for (const schema of ['', 'Tea', 'a b', 'a"b', 'pg_tea', '1a', 'x'.repeat(60)])
    refused({ url, schema }, /schema must be/)
  refused({ url, readersMax: 0 }, /readersMax must be a whole number from 1 to 50/)
  refused({ url, readTimeoutMs: 1.5 }, /readTimeoutMs must be/)
  refused({ url, commitTimeoutMs: 99 }, /commitTimeoutMs must be a whole number from 100 to 60000/)
  refused({ url, confirmTimeoutMs: 60_001 }, /confirmTimeoutMs must be/)
  refused({ url, connectTimeoutMs: Number.NaN }, /connectTimeoutMs must be/)
})

it('gives the command that installs a driver which is not there', async () => {
  const missing = Object.assign(new Error("Cannot find package 'pg'"), { code: 'ERR_MODULE_NOT_FOUND' })
  await assert.rejects(
    loadDriver(() => Promise.reject(missing)),
    { code: 'CF_CONFIG', message: /npm install pg/ },
  )
  await assert.rejects(
    loadDriver(() => Promise.reject(new SyntaxError('broken'))),
    { code: 'CF_CONFIG', message: /cannot be loaded: broken/ },
  )
})
