/** An answer over HTTP, its body cut where it gets long. */
export interface HttpReply {
  readonly status: number
  readonly body: string
}

const BODY_BYTES_MAX = 16_384
const ANSWER_MS_MAX = 5_000

/** Asks over HTTP: no redirect is followed, and the answer is bounded. Undefined with why when there is none. */
export async function askHttp(
  url: string,
  init: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string },
  signal: AbortSignal,
): Promise<HttpReply | { readonly why: string }> {
  try {
    const until = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)])
    const answer = await fetch(url, { ...init, redirect: 'manual', signal: until })
    return { status: answer.status, body: await textOf(answer) }
  } catch (thrown) {
    return { why: whyOf(thrown) }
  }
}

async function textOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= BODY_BYTES_MAX) break
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString('utf8')
}

/** `fetch` says only that it failed; its cause says why. */
function whyOf(thrown: unknown): string {
  const origin = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  if (origin instanceof DOMException && origin.name === 'TimeoutError') {
    return `no answer within ${ANSWER_MS_MAX} ms`
  }
  if (!(origin instanceof Error)) return String(origin)
  const code = 'code' in origin ? String(origin.code) : ''
  return origin.message === '' || origin.message.includes(code)
    ? origin.message || code
    : `${origin.message} (${code})`
}
