import type { ErrorCode } from '../../errors.ts'
import type { WriteOperation, WriteResult } from './operation.ts'

/** What the main thread hands to the writer's thread when it starts. */
export interface WriterData {
  readonly path: string
  readonly reserveBytes: number
}

export type ToWriter =
  | { readonly kind: 'write'; readonly operations: readonly WriteOperation[] }
  | { readonly kind: 'close' }

export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'written'; readonly results: readonly WriteResult[] }
  | { readonly kind: 'closed' }
  | { readonly kind: 'not-started'; readonly code: ErrorCode; readonly text: string }
  /** The writer has ended, and nobody knows what became of what was in flight (F10). */
  | { readonly kind: 'disk-failed'; readonly text: string }
