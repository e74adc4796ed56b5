import { reasonOf } from '../../errors.ts'
import type { World } from '../../world.ts'
import type { QueuedNotification } from './notifications.ts'

/** What the merchant must answer, to the byte: the gateway trims nothing. */
export const ACKNOWLEDGEMENT = '[OK]'
/** How long one delivery may take, answer included. */
export const DELIVERY_MS_MAX = 10_000
/** Of an answer that is no acknowledgement, no more than this is read. */
const ANSWER_BYTES_MAX = 4_096

/**
 * Posts one notification to the merchant. Undefined when it was acknowledged, else why not.
 *
 * @example
 * const failure = await deliverTo('http://127.0.0.1:8080/confirm/worldpay', notification, world, signal)
 */
export async function deliverTo(
  url: string,
  { document, headers }: Pick<QueuedNotification, 'document' | 'headers'>,
  world: World,
  ended: AbortSignal,
): Promise<string | undefined> {
  const late = new AbortController()
  const cancel = world.timer(DELIVERY_MS_MAX, () => late.abort())
  try {
    const answer = await fetch(url, {
      method: 'POST',
      // Each on a connection of its own: one that was kept for reuse may be gone, which would look like a refusal.
      headers: { ...headers, connection: 'close' },
      body: document,
      redirect: 'manual',
      signal: AbortSignal.any([late.signal, ended]),
    })
    const text = await firstOf(answer, ANSWER_BYTES_MAX)
    if (answer.status !== 200) return `it was answered with HTTP ${answer.status}`
    return text === ACKNOWLEDGEMENT ? undefined : `the answer's body was not exactly ${ACKNOWLEDGEMENT}`
  } catch (error) {
    if (late.signal.aborted) return `there was no answer within ${DELIVERY_MS_MAX / 1_000} s`
    // fetch says only that it failed; why stands in its cause.
    return `it could not be sent: ${reasonOf((error as Error).cause ?? error)}`
  } finally {
    cancel()
  }
}

/** Its first bytes as text; leaving the loop early cancels the rest. */
async function firstOf(answer: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length > bytesMax) break
  }
  // Latin 1 keeps every byte what it is: a byte order mark is no part of the acknowledgement.
  return Buffer.concat(chunks).toString('latin1')
}
