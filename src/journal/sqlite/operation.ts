import type { ErrorCode } from '../../errors.ts'
import { charactersOf, type EncodedChange } from '../encoded-change.ts'
import type { InboxItem, Verdict } from '../journal.ts'

/** One thing to write. All of a batch go into one transaction. */
export type WriteOperation =
  | { readonly kind: 'change'; readonly change: EncodedChange }
  | { readonly kind: 'heartbeat'; readonly nodeId: string; readonly nowMs: number }
  | { readonly kind: 'receive'; readonly item: InboxItem }
  | { readonly kind: 'remove-from-inbox'; readonly id: string; readonly recordedBy: string | undefined }

/** What became of it. After `failed` it is certain that nothing of it was written. */
export type WriteResult =
  | Verdict
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly text: string }

/** How much there is to write. */
export function charactersIn(operation: WriteOperation): number {
  return operation.kind === 'change' ? charactersOf(operation.change) : 0
}

/** Writes batches, one at a time. A rejected `write` means that nobody knows what became of the batch. */
export interface Writer {
  write(operations: readonly WriteOperation[]): Promise<readonly WriteResult[]>
  /** Everything is in the database file, and the log beside it is gone. */
  close(): Promise<void>
}
