import type { IncomingMessage } from 'node:http'

/**
 * The request's address within our own pages. Express and its kin cut their mount path off `url` and keep the whole
 * in `originalUrl`; plain servers cut nothing; Next cuts its `basePath` off, and a proxy may have cut any part of the
 * front. All of them are understood.
 */
export function pathWithin(
  base: string,
  request: Pick<IncomingMessage & { originalUrl?: string }, 'url' | 'originalUrl'>,
): string {
  for (const url of [request.originalUrl, request.url]) {
    if (url === undefined) continue
    for (const front of frontsOf(base)) {
      if (!url.startsWith(front)) continue
      const rest = url.slice(front.length)
      if (rest.startsWith('/')) return rest
      if (rest === '' || rest.startsWith('?')) return `/${rest}`
    }
  }
  return request.url ?? '/'
}

/** What can be left of '/shop/pay' in front of our own path: all of it, or '/pay'. */
function frontsOf(base: string): readonly string[] {
  const names = base.split('/').slice(1)
  return names.map((_, index) => `/${names.slice(index).join('/')}`)
}

/**
 * True when somebody has read the body before us. Waiting for it would never end: the host must mount us before its
 * body parsers, or take the body parser off our path.
 */
export function isConsumed(request: IncomingMessage): boolean {
  const mayHaveBody = request.method !== 'GET' && request.method !== 'HEAD'
  return mayHaveBody && (request.readableDidRead || request.readableEnded)
}
