import { randomUUID } from 'node:crypto'
import { failure, reasonOf } from '../../errors.ts'
import { encodeChange } from '../encoded-change.ts'
import { type GroupCommit, groupCommit } from '../group-commit.ts'
import type { Change, DueQuery, InboxItem, Journal, PaymentQuery, Verdict } from '../journal.ts'
import { assertItem, assertNames } from '../names.ts'
import { Watchers } from '../watchers.ts'
import { BatchWriter } from './batch-writer.ts'
import { Committer } from './committer.ts'
import { loadDriver } from '../../postgres/driver.ts'
import { readDue } from './due.ts'
import { journalFailure } from './faults.ts'
import { textIn } from '../../postgres/column.ts'
import type { Connection } from '../../postgres/connection.ts'
import { migrate } from '../../postgres/migrate.ts'
import { migrations } from './migrations.ts'
import { News } from './news.ts'
import { charactersIn, type WriteOperation, type WriteResult } from './operation.ts'
import { Primary } from '../../postgres/primary.ts'
import { ReadPool } from './read-pool.ts'
import { Reader } from './reader.ts'
import type { Settings } from './settings.ts'
import { WritersPlace } from './writers-place.ts'

/** What an open journal consists of. */
interface Parts {
  readonly place: WritersPlace
  readonly commits: GroupCommit<WriteOperation, WriteResult>
  readonly pool: ReadPool
  readonly reader: Reader
  readonly news: News
}

/** The journal of one schema of a database, one of as many as there are nodes. */
export class PostgresJournal implements Journal {
  readonly name: string
  readonly #settings: Settings
  readonly #watchers = new Watchers()
  #state: 'closed' | 'opening' | 'open' | 'closing' = 'closed'
  #parts: Parts | undefined

  constructor(settings: Settings) {
    const labels = settings.servers.map(({ label }) => label).join(', ')
    this.name = `postgres ${labels} (${settings.schema})`
    this.#settings = settings
  }

  /** Taking the writer's place is a commit: all that is read after it is as safe as the database makes it. */
  async open({ nodeId }: { readonly nodeId: string }): Promise<void> {
    if (this.#state !== 'closed')
      throw failure('CF_JOURNAL_UNAVAILABLE', `${this.name} is ${this.#state} already`)
    this.#state = 'opening'
    let place: WritersPlace | undefined
    try {
      const primary = new Primary(await loadDriver(), this.#settings, this.name)
      await this.#prepare(primary)
      const session = `${nodeId} ${randomUUID()}`
      place = new WritersPlace({ ...this.#settings, primary, name: this.name, nodeId, session })
      await place.take()
      this.#parts = this.#assemble(primary, place, session)
      this.#state = 'open'
      this.#parts.news.start()
    } catch (error) {
      if (place !== undefined) await closeQuietly(place)
      this.#state = 'closed'
      throw journalFailure(error, this.name)
    }
  }

  /** Writes what still waits, and gives back every connection. Closing twice is no error. */
  async close(): Promise<void> {
    const parts = this.#parts
    if (parts === undefined || this.#state !== 'open') return
    this.#state = 'closing'
    await parts.commits.idle()
    this.#parts = undefined
    try {
      for (const part of [parts.news, parts.pool, parts.place]) await closeQuietly(part)
    } finally {
      this.#state = 'closed'
    }
  }

  async append(change: Change): Promise<Verdict> {
    const result = await this.#write({ kind: 'change', change: encodeChange(change) })
    if (result.kind === 'seen') throw new Error('a change was answered as a heartbeat')
    const { payment } = change
    if (result.kind === 'committed' && payment !== undefined) {
      const version = payment.expectedVersion + 1
      this.#watchers.tell(payment.paymentId, version)
      this.#parts?.news.add(payment.paymentId, version)
    }
    return result
  }

  /** The database's clock rules: it is the only one that all nodes have in common (F14). */
  async heartbeat(nodeId: string): Promise<number> {
    assertNames([nodeId])
    const result = await this.#write({ kind: 'heartbeat', nodeId })
    if (result.kind !== 'seen') throw new Error(`a heartbeat was answered as a change: ${result.kind}`)
    return result.nowMs
  }

  async receive(item: InboxItem): Promise<void> {
    assertItem(item)
    await this.#write({ kind: 'receive', item: { ...item } })
  }

  async removeFromInbox(id: string, recordedBy?: string): Promise<void> {
    assertNames([id, recordedBy], Infinity)
    await this.#write({ kind: 'remove-from-inbox', id, recordedBy })
  }

  async read(paymentId: string) {
    return this.#open().reader.read(paymentId)
  }

  async order(orderId: string) {
    return this.#open().reader.order(orderId)
  }

  async findByKey(key: string) {
    return this.#open().reader.findByKey(key)
  }

  async findByReference(reference: string) {
    return this.#open().reader.findByReference(reference)
  }

  async history(paymentId: string) {
    return this.#open().reader.history(paymentId)
  }

  async list(query: PaymentQuery) {
    return this.#open().reader.list(query)
  }

  async due(query: DueQuery) {
    return readDue(this.#open().pool, query)
  }

  async inDoubt() {
    return this.#open().reader.inDoubt()
  }

  async inbox(limit: number) {
    return this.#open().reader.inbox(limit)
  }

  watch(listener: (paymentId: string, version: number) => void): () => void {
    return this.#watchers.add(listener)
  }

  async #prepare(primary: Primary): Promise<void> {
    const connection = await primary.connect(this.#settings.connectTimeoutMs)
    try {
      if (!connection.isDurable) {
        const text = `${connection.server.label} has fsync = off: it loses payments when its machine fails`
        process.emitWarning(text, 'CounterfoilWarning')
      }
      await migrate(connection, this.#settings.schema, migrations)
      await refuseHalfACopy(connection, this.name, this.#settings.readTimeoutMs)
    } finally {
      await connection.close()
    }
  }

  #assemble(primary: Primary, place: WritersPlace, session: string): Parts {
    const { name } = this
    const settings = this.#settings
    const writer = new BatchWriter(new Committer({ place, settings, name }), settings)
    const pool = new ReadPool({ primary, place, settings, name })
    const news = new News({
      connect: () => primary.connect(settings.connectTimeoutMs),
      channel: `${settings.schema}_news`,
      session,
      tell: (paymentId, version) => this.#watchers.tell(paymentId, version),
    })
    const commits = groupCommit<WriteOperation, WriteResult>({
      flush: (batch) => writer.write(batch),
      charactersOf: charactersIn,
    })
    return { place, commits, pool, reader: new Reader(pool), news }
  }

  async #write(operation: WriteOperation): Promise<Exclude<WriteResult, { kind: 'failed' }>> {
    const result = await this.#open().commits.add(operation)
    if (result.kind === 'failed') throw result.error
    return result
  }

  #open(): Parts {
    if (this.#parts === undefined || this.#state !== 'open') {
      throw failure('CF_JOURNAL_UNAVAILABLE', `${this.name} is ${this.#state}`)
    }
    return this.#parts
  }
}

/** A journal that is being copied here is not all there yet. */
async function refuseHalfACopy(connection: Connection, name: string, timeoutMs: number): Promise<void> {
  const { rows } = await connection.query({ text: 'SELECT source FROM copies WHERE NOT finished' }, timeoutMs)
  const [copy] = rows
  if (copy === undefined) return
  const text = `${name} is being copied from ${textIn(copy, 'source')}: let counterfoil journal copy finish`
  throw failure('CF_JOURNAL_UNAVAILABLE', text)
}

/** A connection that does not end in order is gone all the same. */
async function closeQuietly(part: { close(): Promise<void> }): Promise<void> {
  try {
    await part.close()
  } catch (error) {
    process.emitWarning(`a connection did not close: ${reasonOf(error)}`, 'CounterfoilWarning')
  }
}
