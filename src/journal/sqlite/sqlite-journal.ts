import { CounterfoilError, failure, reasonOf } from '../../errors.ts'
import { encodeChange } from '../encoded-change.ts'
import { type GroupCommit, groupCommit } from '../group-commit.ts'
import type { Change, Journal, Verdict } from '../journal.ts'
import { assertItem, assertNames } from '../names.ts'
import { Watchers } from '../watchers.ts'
import { prepareDatabase } from './database.ts'
import { charactersIn, type WriteOperation, type WriteResult, type Writer } from './operation.ts'
import { type OwnerLock, takeOwnership } from './owner-lock.ts'
import { SqliteReader } from './reader.ts'

/** What an open journal consists of. */
interface Parts {
  readonly lock: OwnerLock
  readonly writer: Writer
  readonly reader: SqliteReader
  readonly commits: GroupCommit<WriteOperation, WriteResult>
}

export interface SqliteJournalParts {
  readonly path: string
  /** Called by the owner, once the file is ready. */
  readonly startWriter: () => Promise<Writer>
  /** Gives the reserve back, where the disk is too full even for opening (F11). */
  readonly makeRoom: () => void
}

/** The journal of a file and of whoever writes to it; `sqliteJournal` lets the writer be a thread of its own. */
export class SqliteJournal implements Journal {
  readonly name: string
  readonly #path: string
  readonly #startWriter: () => Promise<Writer>
  readonly #makeRoom: () => void
  readonly #watchers = new Watchers()
  #state: 'closed' | 'opening' | 'open' | 'closing' = 'closed'
  #parts: Parts | undefined

  constructor({ path, startWriter, makeRoom }: SqliteJournalParts) {
    this.name = `sqlite ${path}`
    this.#path = path
    this.#startWriter = startWriter
    this.#makeRoom = makeRoom
  }

  /** The lock comes first: nobody but the owner may migrate or recover. */
  async open({ nodeId }: { readonly nodeId: string }): Promise<void> {
    if (this.#state !== 'closed')
      throw failure('CF_JOURNAL_UNAVAILABLE', `${this.#path} is ${this.#state} already`)
    this.#state = 'opening'
    let lock: OwnerLock | undefined
    let writer: Writer | undefined
    try {
      lock = this.#withRoom(() => takeOwnership(this.#path, nodeId))
      this.#withRoom(() => prepareDatabase(this.#path))
      writer = await this.#startWriter()
      const reader = new SqliteReader(this.#path)
      const commits = groupCommit({ flush: writer.write.bind(writer), charactersOf: charactersIn })
      this.#parts = { lock, writer, reader, commits }
      this.#state = 'open'
    } catch (error) {
      await endQuietly(writer)
      lock?.release()
      this.#state = 'closed'
      throw error
    }
  }

  /** Writes what still waits, copies the log into the file and gives up ownership. Closing twice is no error. */
  async close(): Promise<void> {
    const parts = this.#parts
    if (parts === undefined || this.#state !== 'open') return
    this.#state = 'closing'
    await parts.commits.idle()
    this.#parts = undefined
    parts.reader.close()
    try {
      await parts.writer.close()
    } finally {
      parts.lock.release()
      this.#state = 'closed'
    }
  }

  async append(change: Change): Promise<Verdict> {
    const verdict = await this.#write({ kind: 'change', change: encodeChange(change) })
    const { payment } = change
    if (verdict.kind === 'committed' && payment !== undefined) {
      this.#watchers.tell(payment.paymentId, payment.expectedVersion + 1)
    }
    return verdict
  }

  async heartbeat(nodeId: string, nowMs: number): Promise<number> {
    assertNames([nodeId])
    await this.#write({ kind: 'heartbeat', nodeId, nowMs })
    return nowMs
  }

  async receive(item: Parameters<Journal['receive']>[0]): Promise<void> {
    assertItem(item)
    const { id, gateway, receivedAtMs, raw, isAuthentic, callerAddress } = item
    await this.#write({
      kind: 'receive',
      item: { id, gateway, receivedAtMs, raw, isAuthentic, callerAddress },
    })
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

  async list(query: Parameters<Journal['list']>[0]) {
    return this.#open().reader.list(query)
  }

  async due(query: Parameters<Journal['due']>[0]) {
    return this.#open().reader.due(query)
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

  async #write(operation: WriteOperation): Promise<Verdict> {
    const result = await this.#open().commits.add(operation)
    if (result.kind === 'failed') throw failure(result.code, result.text)
    return result
  }

  /**
   * What was under way before a restart needs its journal also on a full disk. The lock is asked for before it is
   * written to, so whoever finds the disk full is the owner of the reserve.
   */
  #withRoom<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof CounterfoilError) || error.code !== 'CF_JOURNAL_FULL') throw error
      this.#makeRoom()
      return work()
    }
  }

  #open(): Parts {
    if (this.#parts === undefined || this.#state !== 'open') {
      throw failure('CF_JOURNAL_UNAVAILABLE', `${this.#path} is ${this.#state}`)
    }
    return this.#parts
  }
}

/** After a failed opening: that failure is the news, and what the writer says to it is kept as a warning. */
async function endQuietly(writer: Writer | undefined): Promise<void> {
  try {
    await writer?.close()
  } catch (error) {
    process.emitWarning(`the writer did not close: ${reasonOf(error)}`, 'CounterfoilWarning')
  }
}
