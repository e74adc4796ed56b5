import type { Booking, BookingVerdict } from '../../order-book.ts'

/** What the main thread hands to the writer's thread when it starts. */
export interface WriterData {
  readonly path: string
}

export type ToWriter =
  | { readonly kind: 'write'; readonly bookings: readonly Booking[] }
  | { readonly kind: 'close' }

export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'written'; readonly verdicts: readonly BookingVerdict[] }
  /** Nothing of the batch was written. */
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'closed' }
  /** The writer has ended: it did not start, or its disk failed and nobody knows what is on it (F10). */
  | { readonly kind: 'ended'; readonly text: string }
