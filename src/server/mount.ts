import type { IncomingMessage } from 'node:http'

/**
 * The request's address within our own pages. Express and its kin cut their mount path off `url` and keep the whole
 * in `originalUrl`; plain servers cut nothing; a proxy may have cut it before. All three are understood.
 */
export function pathWithin(base: string, request: IncomingMessage & { originalUrl?: string }): string {
  for (const url of [request.originalUrl, request.url]) {
    if (url === undefined || !url.startsWith(base)) continue
    const rest = url.slice(base.length)
    if (rest.startsWith('/')) return rest
    if (rest === '' || rest.startsWith('?')) return `/${rest}`
  }
  return request.url ?? '/'
}

/**
 * True when somebody has read the body before us. Waiting for it would never end: the host must mount us before its
 * body parsers, or take the body parser off our path.
 */
export function isConsumed(request: IncomingMessage): boolean {
  const mayHaveBody = request.method !== 'GET' && request.method !== 'HEAD'
  return mayHaveBody && (request.readableDidRead || request.readableEnded)
}
