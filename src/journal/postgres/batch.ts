import { failure } from '../../errors.ts'
import type { EncodedChange } from '../encoded-change.ts'
import type { InboxItem, Verdict } from '../journal.ts'
import { writingOrder } from './batch-order.ts'
import type { WriteOperation, WriteResult } from './operation.ts'

/** What the database answers for a whole batch; the writer's row keeps it until the next one. */
export interface BatchAnswer {
  readonly verdicts: readonly string[]
  readonly nowMs: number
}

/** A batch in the words of the function that commits it. */
export interface Batch {
  /** Its parameters, behind those that say who is writing. */
  readonly values: readonly unknown[]
  /** @throws CF_JOURNAL_CORRUPT when this is no answer to it */
  results(answer: BatchAnswer): readonly WriteResult[]
}

const COMMITTED: Verdict = { kind: 'committed' }
const CONFLICTS = ['version', 'fence', 'order', 'key', 'reference'] as const

export function encodeBatch(operations: readonly WriteOperation[]): Batch {
  const changes: { readonly change: EncodedChange; readonly place: number }[] = []
  const received: InboxItem[] = []
  const removed: { readonly id: string; readonly recordedBy: string | undefined }[] = []
  const nodes = new Set<string>()
  for (const [place, operation] of operations.entries()) {
    switch (operation.kind) {
      case 'change':
        changes.push({ change: operation.change, place })
        break
      case 'heartbeat':
        nodes.add(operation.nodeId)
        break
      case 'receive':
        received.push(operation.item)
        break
      case 'remove-from-inbox':
        removed.push(operation)
        break
      default:
        throw new Error(`unknown operation ${(operation satisfies never as { kind: string }).kind}`)
    }
  }
  const order = writingOrder(changes.map(({ change }) => change))
  const sorted = order.flatMap((index) => changes[index] ?? [])
  return {
    values: [
      ...changeColumns(sorted.map(({ change }) => change)),
      removed.map(({ id }) => id),
      removed.map(({ recordedBy }) => recordedBy),
      ...inboxColumns(received),
      // In one order on all nodes, as every row is that more than one of them may write.
      [...nodes].sort(),
    ],
    results: ({ verdicts, nowMs }) => {
      if (verdicts.length !== sorted.length) {
        throw failure(
          'CF_JOURNAL_CORRUPT',
          `${sorted.length} changes were answered with ${verdicts.length} verdicts`,
        )
      }
      const results: WriteResult[] = operations.map(({ kind }) =>
        kind === 'heartbeat' ? { kind: 'seen', nowMs } : COMMITTED,
      )
      for (const [index, { place }] of sorted.entries()) results[place] = verdictOf(verdicts[index])
      return results
    },
  }
}

function changeColumns(changes: readonly EncodedChange[]): readonly unknown[] {
  const references: string[] = []
  const from: number[] = []
  const to: number[] = []
  for (const { payment } of changes) {
    from.push(references.length + 1)
    references.push(...(payment?.references ?? []))
    to.push(references.length)
  }
  const payments = changes.map(({ payment }) => payment)
  const orders = changes.map(({ order }) => order)
  return [
    payments.map((payment) => payment?.paymentId),
    payments.map((payment) => payment?.expectedVersion),
    payments.map((payment) => payment?.expectedFence),
    payments.map((payment) => payment?.fence),
    payments.map((payment) => payment?.atMs),
    payments.map((payment) => payment?.dueAtMs),
    payments.map((payment) => payment?.attended),
    payments.map((payment) => payment?.cases),
    payments.map((payment) => payment?.orderId),
    payments.map((payment) => payment?.key),
    payments.map((payment) => payment?.status),
    payments.map((payment) => payment?.owner),
    payments.map((payment) => payment?.currency),
    payments.map((payment) => payment?.doubtSinceMs),
    payments.map((payment) => payment?.atRiskMinor),
    payments.map((payment) => payment?.events),
    payments.map((payment) => payment?.snapshot),
    from,
    to,
    references,
    orders.map((order) => order?.orderId),
    orders.map((order) => order?.expectedRevision),
    orders.map((order) => order?.record),
  ]
}

function inboxColumns(items: readonly InboxItem[]): readonly unknown[] {
  return [
    items.map(({ id }) => id),
    items.map(({ gateway }) => gateway),
    items.map(({ receivedAtMs }) => receivedAtMs),
    items.map(({ raw }) => JSON.stringify(raw)),
    items.map(({ isAuthentic }) => isAuthentic),
    items.map(({ callerAddress }) => callerAddress),
  ]
}

function verdictOf(text: string | undefined): Verdict {
  if (text === 'committed') return COMMITTED
  const on = CONFLICTS.find((name) => name === text)
  if (on === undefined) throw failure('CF_JOURNAL_CORRUPT', `the verdict ${String(text)} is not known`)
  return { kind: 'conflict', on }
}
