import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EncodedChange, EncodedPayment } from '../encoded-change.ts'
import type { Verdict } from '../journal.ts'
import { judge, type Stored } from '../verdict.ts'
import { numberIn } from './column.ts'
import type { WriteOperation } from './operation.ts'
import { statements } from './statements.ts'

const COMMITTED: Verdict = { kind: 'committed' }
const UNKNOWN_PAYMENT = { version: 0, fence: 0 }

/** Writes operations, as one transaction on the one connection that writes. */
export class Transaction {
  readonly #database: DatabaseSync
  readonly #prepared: Readonly<Record<keyof typeof statements, StatementSync>>
  readonly #stored: Stored

  constructor(database: DatabaseSync) {
    this.#database = database
    const prepared = Object.entries(statements).map(([name, sql]) => [name, database.prepare(sql)] as const)
    this.#prepared = Object.fromEntries(prepared) as Record<keyof typeof statements, StatementSync>
    const { selectPaymentState, selectKey, selectReference, selectOrderRevision } = this.#prepared
    this.#stored = {
      payment: (paymentId) => {
        const row = selectPaymentState.get(paymentId)
        if (row === undefined) return UNKNOWN_PAYMENT
        return { version: numberIn(row, 'version'), fence: numberIn(row, 'fence') }
      },
      orderRevision: (orderId) => {
        const row = selectOrderRevision.get(orderId)
        return row === undefined ? 0 : numberIn(row, 'revision')
      },
      keyTaken: (key) => selectKey.get(key) !== undefined,
      referenceTaken: (reference) => selectReference.get(reference) !== undefined,
    }
  }

  /**
   * Each operation is judged in the state that those before it left, and writes only after its own verdict, so a
   * conflict needs no undoing. When anything throws, nothing of the batch was written.
   */
  run(operations: readonly WriteOperation[]): Verdict[] {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const verdicts = operations.map((operation) => this.#write(operation))
      this.#database.exec('COMMIT')
      return verdicts
    } catch (error) {
      // SQLite has rolled back by itself after some errors, a full disk among them.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #write(operation: WriteOperation): Verdict {
    switch (operation.kind) {
      case 'change':
        return this.#writeChange(operation.change)
      case 'heartbeat':
        this.#prepared.putHeartbeat.run(operation.nodeId, operation.nowMs)
        return COMMITTED
      case 'receive': {
        const { id, gateway, receivedAtMs, raw, isAuthentic, callerAddress = null } = operation.item
        this.#prepared.insertInboxItem.run(id, gateway, receivedAtMs, raw, isAuthentic ? 1 : 0, callerAddress)
        return COMMITTED
      }
      case 'remove-from-inbox':
        this.#prepared.deleteInboxItem.run(operation.id, operation.recordedBy ?? null)
        return COMMITTED
      default:
        throw new Error(`unknown operation ${(operation satisfies never as { kind: string }).kind}`)
    }
  }

  #writeChange({ payment, order }: EncodedChange): Verdict {
    const verdict = judge({ payment, order }, this.#stored)
    if (verdict.kind === 'conflict') return verdict
    if (payment !== undefined) this.#writePayment(payment)
    if (order !== undefined) {
      this.#prepared.putOrder.run(order.orderId, order.expectedRevision + 1, order.record)
    }
    return verdict
  }

  #writePayment(payment: EncodedPayment): void {
    const { paymentId, expectedVersion, fence, status, owner, cases, dueAtMs, snapshot } = payment
    const { currency, doubtSinceMs, atRiskMinor } = payment
    const version = expectedVersion + 1
    const attended = payment.attended ? 1 : 0
    const state = [version, fence, status, owner, attended, cases, dueAtMs] as const
    const columns = [...state, currency, doubtSinceMs, atRiskMinor, snapshot, paymentId] as const
    if (expectedVersion === 0) {
      this.#prepared.insertPayment.run(...columns, payment.orderId, payment.key)
    } else {
      const { changes } = this.#prepared.updatePayment.run(...columns)
      if (changes !== 1) throw new Error(`an update of payment ${paymentId} changed ${changes} rows`)
    }
    this.#prepared.insertAppend.run(paymentId, version, payment.atMs, fence, payment.events)
    for (const reference of payment.references) this.#prepared.insertReference.run(reference, paymentId)
  }
}
