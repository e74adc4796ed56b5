import { charactersOf, type EncodedChange } from '../encoded-change.ts'
import type { InboxItem, Verdict } from '../journal.ts'

/** One thing to write. All of a batch go into one transaction. */
export type WriteOperation =
  | { readonly kind: 'change'; readonly change: EncodedChange }
  | { readonly kind: 'heartbeat'; readonly nodeId: string }
  | { readonly kind: 'receive'; readonly item: InboxItem }
  | { readonly kind: 'remove-from-inbox'; readonly id: string; readonly recordedBy: string | undefined }

/** What became of it. */
export type WriteResult =
  | Verdict
  /** A heartbeat, at this time of the database. */
  | { readonly kind: 'seen'; readonly nowMs: number }
  /** Told to whoever asked for this one; the others of its batch have results of their own. */
  | { readonly kind: 'failed'; readonly error: unknown }

/** How much there is to write. */
export function charactersIn(operation: WriteOperation): number {
  return operation.kind === 'change' ? charactersOf(operation.change) : 0
}
