import type { Answer, Exchange } from './gateway.ts'

/** What is known about one send; exactly one of three. */
export type Sent =
  /** A whole HTTP answer came back. */
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** Name lookup, connect, TLS or `mayStart` failed before the first byte: the only failure that may be sent again (F2). */
  | { readonly kind: 'notSent'; readonly why: string }
  /** Everything else: it may have arrived (F3). */
  | {
      readonly kind: 'unknown'
      readonly why: string
      /** True when the raw socket was reset, so that nothing is delivered from now on. */
      readonly socketReset: boolean
    }

/** Sends exchanges and tells what is known. No retries, ever. */
export interface Transport {
  /**
   * Sends once. `mayStart` is called on an open connection, in the same tick as the first byte would leave;
   * unless it answers undefined nothing is sent, and its text is the reason. Never rejects.
   */
  send(exchange: Exchange, mayStart: () => string | undefined): Promise<Sent>
  /** Closes connections that are idle, and resets the others after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>
}
