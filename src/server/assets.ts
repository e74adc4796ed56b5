import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type ScriptName, scripts } from './scripts/all.ts'
import { commonHeaders } from './security-headers.ts'
import type { Settings } from './options.ts'
import { style } from './style.css.ts'

/** Named by their content, so that they may be kept for ever and a new release is seen at once. */
export const stylePath = `/assets/${nameOf(style)}.css`

export function scriptPath(name: ScriptName): string {
  return `/assets/${nameOf(scripts[name])}.js`
}

export function registerAssets(inner: FastifyInstance, settings: Settings): void {
  const serve = (path: string, type: string, text: string): void => {
    inner.get(path, (_request, reply) =>
      reply
        .headers({ ...commonHeaders(settings), 'cache-control': 'public, max-age=31536000, immutable' })
        .type(type)
        .send(text),
    )
  }
  serve(stylePath, 'text/css; charset=utf-8', style)
  for (const name of Object.keys(scripts) as ScriptName[]) {
    serve(scriptPath(name), 'text/javascript; charset=utf-8', scripts[name])
  }
}

function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
