/** A notification of PostgreSQL must be shorter than 8,000 bytes. */
const PAYLOAD_BYTES_MAX = 7_900

export interface NewsMessage {
  /** Of the journal that tells; it need not hear it. */
  readonly session: string
  readonly payments: readonly (readonly [paymentId: string, version: number])[]
}

/**
 * As few messages as hold all of it: `["session","payment",version,"payment",version]`. An id that fills a message by
 * itself is left out.
 */
export function encodeNews(session: string, versionById: ReadonlyMap<string, number>): readonly string[] {
  const head = JSON.stringify(session)
  const messages: string[] = []
  let entries = ''
  let bytes = 0
  const finish = (): void => {
    if (entries !== '') messages.push(`[${head}${entries}]`)
    entries = ''
    bytes = Buffer.byteLength(head) + 2
  }
  finish()
  for (const [paymentId, version] of versionById) {
    const entry = `,${JSON.stringify(paymentId)},${version}`
    const entryBytes = Buffer.byteLength(entry)
    if (bytes + entryBytes > PAYLOAD_BYTES_MAX) finish()
    if (bytes + entryBytes > PAYLOAD_BYTES_MAX) continue
    entries += entry
    bytes += entryBytes
  }
  finish()
  return messages
}

/** Undefined for what is none of ours: anybody who may log in can send on the channel. */
export function decodeNews(payload: string): NewsMessage | undefined {
  let parts: unknown
  try {
    parts = JSON.parse(payload)
  } catch {
    return undefined
  }
  if (!Array.isArray(parts)) return undefined
  const [session, ...rest] = parts as unknown[]
  if (typeof session !== 'string' || rest.length % 2 !== 0) return undefined
  const payments: [string, number][] = []
  for (let index = 0; index < rest.length; index += 2) {
    const [paymentId, version] = [rest[index], rest[index + 1]]
    if (typeof paymentId !== 'string' || typeof version !== 'number') return undefined
    payments.push([paymentId, version])
  }
  return { session, payments }
}
