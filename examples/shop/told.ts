import type { ActionAnswer, PaymentChange, Telling } from 'counterfoil'
import type { ShopDatabase } from './database.ts'
import { moneyText } from './money-text.ts'
import { type Row, maybeTextIn, textIn, wholeIn } from './row.ts'

/** What a telling is about, without the parts that only matter while it is being told. */
export type TellingFacts = Pick<Telling, 'key' | 'paymentId' | 'orderId'>

/** One line of what Counterfoil told the shop about an order. */
export interface Told {
  readonly key: string
  readonly method: string
  readonly state: 'begun' | 'done' | 'refused' | 'undone'
  readonly reason: string | undefined
  readonly toldAtMs: number
}

/**
 * Does `work` once per key: the note that it was done stands in the same transaction as what it did. A repeated call
 * answers as the first one did; a call whose undo came first does nothing.
 */
export function doOnce(
  database: ShopDatabase,
  method: string,
  telling: TellingFacts,
  work: () => ActionAnswer,
): ActionAnswer {
  return database.transaction(() => {
    const told = toldByKey(database, method, telling.key)
    if (told !== undefined) return answerOf(told)
    // The note comes first, because what `work` writes refers to it.
    note(database, method, telling, 'done')
    const answer = work()
    if (answer.kind === 'refused') {
      const { sql } = database
      sql.run`UPDATE told SET state = 'refused', reason = ${answer.reason} WHERE key = ${telling.key}`
    }
    return answer
  })
}

/**
 * Undoes what was done with the same key, once. Called before it was ever done, it leaves a note that makes the
 * later call do nothing.
 */
export function undoOnce(
  database: ShopDatabase,
  method: string,
  telling: TellingFacts,
  work: () => void,
): void {
  database.transaction(() => {
    const told = toldByKey(database, method, telling.key)
    if (told === undefined) {
      note(database, method, telling, 'undone')
    } else if (told.state === 'done') {
      work()
      const { sql } = database
      sql.run`UPDATE told SET state = 'undone', changed_at_ms = ${database.nowMs()} WHERE key = ${telling.key}`
    }
  })
}

/** What became of a payment's money after it had ended: the order's page shows it. */
export function noteChange(database: ShopDatabase, change: PaymentChange): void {
  const amount = moneyText(change.changedMinor, change.currency)
  const method = `paymentChanged: ${change.change.replaceAll('-', ' ')}, ${amount}`
  doOnce(database, method, change, () => ({ kind: 'done' }))
}

/** For work that leaves this database and so cannot share its transaction: noted before, settled after. */
export function begin(database: ShopDatabase, method: string, telling: TellingFacts): 'begun' | 'done' {
  return database.transaction(() => {
    const told = toldByKey(database, method, telling.key)
    if (told === undefined) note(database, method, telling, 'begun')
    return told?.state === 'done' ? 'done' : 'begun'
  })
}

/** The other half of `begin`. */
export function settle(database: ShopDatabase, key: string): void {
  database.sql.run`UPDATE told SET state = 'done', changed_at_ms = ${database.nowMs()} WHERE key = ${key}`
}

/** What the shop was told about an order, oldest first, at most 200 lines. */
export function toldAbout({ sql }: ShopDatabase, orderId: string): readonly Told[] {
  return sql.all`SELECT * FROM told WHERE order_id = ${orderId} ORDER BY told_at_ms, key LIMIT 200`.map(
    asTold,
  )
}

function toldByKey({ sql }: ShopDatabase, method: string, key: string): Told | undefined {
  const row = sql.get`SELECT * FROM told WHERE key = ${key}`
  if (row === undefined) return undefined
  const told = asTold(row)
  if (told.method !== method) {
    throw new Error(`the key ${key} was used for ${told.method} before, and now for ${method}`)
  }
  return told
}

function note(
  { sql, nowMs }: ShopDatabase,
  method: string,
  { key, orderId, paymentId }: TellingFacts,
  state: Told['state'],
): void {
  const atMs = nowMs()
  sql.run`INSERT INTO told (key, method, order_id, payment_id, state, told_at_ms, changed_at_ms)
    VALUES (${key}, ${method}, ${orderId}, ${paymentId}, ${state}, ${atMs}, ${atMs})`
}

function answerOf(told: Told): ActionAnswer {
  switch (told.state) {
    case 'done':
    case 'begun':
      return { kind: 'done' }
    case 'refused':
      return { kind: 'refused', reason: told.reason ?? 'The shop refused it.' }
    case 'undone':
      return { kind: 'refused', reason: 'This was taken back before it was done.' }
    default:
      return told.state satisfies never
  }
}

function asTold(row: Row): Told {
  return {
    key: textIn(row, 'key'),
    method: textIn(row, 'method'),
    state: row['state'] as Told['state'],
    reason: maybeTextIn(row, 'reason'),
    toldAtMs: wholeIn(row, 'told_at_ms'),
  }
}
