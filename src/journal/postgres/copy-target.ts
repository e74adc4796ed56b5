import { failure } from '../../errors.ts'
import { booleanIn, numberIn, type Row, textIn } from '../../postgres/column.ts'
import type { Connection } from '../../postgres/connection.ts'
import { loadDriver } from '../../postgres/driver.ts'
import { migrate } from '../../postgres/migrate.ts'
import { Primary } from '../../postgres/primary.ts'
import type { CopiedAppend, CopiedOrder, CopiedPayment, CopyTarget } from '../copy.ts'
import type { InboxItem } from '../journal.ts'
import { journalFailure } from './faults.ts'
import { migrations } from './migrations.ts'
import { inboxItemIn } from './reader.ts'
import { checkedSettings, type PostgresJournalOptions } from './settings.ts'

/** For one page: much longer than a commit of payers may take, because nobody waits for it. */
const PAGE_TIMEOUT_MS = 60_000

const statements = {
  size: `SELECT (SELECT count(*) FROM payments) AS payments, (SELECT count(*) FROM orders) AS orders,
    (SELECT count(*) FROM inbox) AS inbox`,
  payments: `
    SELECT payment_id, version, fence, order_id, key, status, owner, attended, cases, due_at_ms, currency,
      doubt_since_ms, at_risk_minor::text AS at_risk_minor, snapshot,
      (SELECT coalesce(json_agg(reference ORDER BY reference), '[]') FROM payment_references r
        WHERE r.payment_id = p.payment_id) AS names,
      (SELECT coalesce(json_agg(json_build_object('version', version, 'atMs', at_ms, 'fence', fence,
        'events', events) ORDER BY version), '[]') FROM appends a WHERE a.payment_id = p.payment_id) AS appends
    FROM payments p WHERE payment_id > $1 ORDER BY payment_id LIMIT $2`,
  orders: 'SELECT order_id, revision, record FROM orders WHERE order_id > $1 ORDER BY order_id LIMIT $2',
  inbox: 'SELECT id, gateway, received_at_ms, raw, authentic, caller_address FROM inbox ORDER BY position',
  putPayments: `
    WITH page AS (SELECT * FROM json_to_recordset($1) AS p(
        "paymentId" text, version bigint, fence bigint, "orderId" text, key text, status text, owner text,
        attended boolean, cases bigint, "dueAtMs" bigint, currency text, "doubtSinceMs" bigint,
        "atRiskMinor" numeric, snapshot text, "references" json, appends json)),
      kept AS (INSERT INTO appends (payment_id, version, at_ms, fence, events)
        SELECT "paymentId", a.version, a."atMs", a.fence, a.events FROM page,
          json_to_recordset(appends) AS a(version bigint, "atMs" bigint, fence bigint, events text)
        ON CONFLICT DO NOTHING),
      named AS (INSERT INTO payment_references (reference, payment_id)
        SELECT reference, "paymentId" FROM page, json_array_elements_text("references") AS r(reference)
        ON CONFLICT DO NOTHING)
    INSERT INTO payments (payment_id, version, fence, order_id, key, status, owner, attended, cases, due_at_ms,
      currency, doubt_since_ms, at_risk_minor, snapshot)
    SELECT "paymentId", version, fence, "orderId", key, status, owner, attended, cases, "dueAtMs", currency,
      "doubtSinceMs", "atRiskMinor", snapshot FROM page
    ON CONFLICT DO NOTHING`,
  putOrders: `
    INSERT INTO orders (order_id, revision, record)
    SELECT "orderId", revision, record
    FROM json_to_recordset($1) AS o("orderId" text, revision bigint, record text) ON CONFLICT DO NOTHING`,
  putInbox: `
    INSERT INTO inbox (id, gateway, received_at_ms, raw, authentic, caller_address)
    SELECT i.* FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::boolean[], $6::text[])
      AS i(id, gateway, received_at_ms, raw, authentic, caller_address)
    ON CONFLICT DO NOTHING`,
  lastPayment: "SELECT coalesce(max(payment_id), '') AS id FROM payments",
  lastOrder: "SELECT coalesce(max(order_id), '') AS id FROM orders",
  copies: 'SELECT source, finished FROM copies',
  begin: 'INSERT INTO copies (source, finished) VALUES ($1, false)',
  finish: 'UPDATE copies SET finished = true WHERE source = $1',
} as const

export interface PostgresCopy extends CopyTarget {
  close(): Promise<void>
}

/**
 * The schema that a journal is copied to. Until the copy is finished no node can open it.
 *
 * @throws CF_CONFIG, or another error of `postgresJournal`
 */
export async function postgresCopy(options: PostgresJournalOptions): Promise<PostgresCopy> {
  const settings = { ...checkedSettings(options), commitTimeoutMs: PAGE_TIMEOUT_MS }
  const labels = settings.servers.map(({ label }) => label).join(', ')
  const name = `postgres ${labels} (${settings.schema})`
  const primary = new Primary(await loadDriver(), settings, name)
  let connection: Connection | undefined
  try {
    connection = await primary.connect(settings.connectTimeoutMs)
    await migrate(connection, settings.schema, migrations)
  } catch (error) {
    await connection?.close()
    throw journalFailure(error, name)
  }
  return targetOn(connection, name)
}

function targetOn(connection: Connection, name: string): PostgresCopy {
  const ask = async (statement: keyof typeof statements, ...values: readonly unknown[]) => {
    try {
      const { rows } = await connection.query({ text: statements[statement], values }, PAGE_TIMEOUT_MS)
      return rows
    } catch (error) {
      throw journalFailure(error, name)
    }
  }
  const idOf = async (statement: 'lastPayment' | 'lastOrder') => textIn((await ask(statement))[0], 'id')
  const size = async () => {
    const [row] = await ask('size')
    return {
      payments: numberIn(row, 'payments'),
      orders: numberIn(row, 'orders'),
      inbox: numberIn(row, 'inbox'),
    }
  }
  return {
    name,
    size,
    payments: async (after, limit) => (await ask('payments', after, limit)).map(paymentIn),
    orders: async (after, limit) => (await ask('orders', after, limit)).map(orderIn),
    inbox: async () => (await ask('inbox')).map(inboxItemIn),
    begin: async (source) => {
      const [copy] = await ask('copies')
      if (copy === undefined) {
        const { payments, orders, inbox } = await size()
        if (payments + orders + inbox > 0) throw failure('CF_CONFIG', `${name} holds a journal already`)
        await ask('begin', source)
      } else if (textIn(copy, 'source') !== source || booleanIn(copy, 'finished')) {
        throw failure('CF_CONFIG', `${name} was copied to from ${textIn(copy, 'source')} already`)
      }
    },
    putPayments: async (payments) => void (await ask('putPayments', JSON.stringify(payments))),
    putOrders: async (orders) => void (await ask('putOrders', JSON.stringify(orders))),
    putInbox: async (items) => void (await ask('putInbox', ...columnsOf(items))),
    lastPayment: () => idOf('lastPayment'),
    lastOrder: () => idOf('lastOrder'),
    finish: async (source) => void (await ask('finish', source)),
    close: () => connection.close(),
  }
}

/** As the journal itself writes them: the raw text as JSON. */
function columnsOf(items: readonly InboxItem[]): readonly unknown[][] {
  return [
    items.map(({ id }) => id),
    items.map(({ gateway }) => gateway),
    items.map(({ receivedAtMs }) => receivedAtMs),
    items.map(({ raw }) => JSON.stringify(raw)),
    items.map(({ isAuthentic }) => isAuthentic),
    items.map(({ callerAddress }) => callerAddress ?? null),
  ]
}

function paymentIn(row: Row): CopiedPayment {
  return {
    paymentId: textIn(row, 'payment_id'),
    version: numberIn(row, 'version'),
    fence: numberIn(row, 'fence'),
    orderId: textIn(row, 'order_id'),
    key: textIn(row, 'key'),
    status: textIn(row, 'status'),
    owner: textIn(row, 'owner'),
    attended: booleanIn(row, 'attended'),
    cases: numberIn(row, 'cases'),
    dueAtMs: row['due_at_ms'] === null ? null : numberIn(row, 'due_at_ms'),
    currency: textIn(row, 'currency'),
    doubtSinceMs: row['doubt_since_ms'] === null ? null : numberIn(row, 'doubt_since_ms'),
    atRiskMinor: row['at_risk_minor'] === null ? null : textIn(row, 'at_risk_minor'),
    snapshot: textIn(row, 'snapshot'),
    references: row['names'] as readonly string[],
    appends: (row['appends'] as readonly CopiedAppend[]).map(({ version, atMs, fence, events }) => ({
      version,
      atMs,
      fence,
      events,
    })),
  }
}

function orderIn(row: Row): CopiedOrder {
  return {
    orderId: textIn(row, 'order_id'),
    revision: numberIn(row, 'revision'),
    record: textIn(row, 'record'),
  }
}
