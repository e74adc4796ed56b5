import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type ScriptName, scripts } from './scripts/all.ts'
import { commonHeaders } from './security-headers.ts'
import type { Settings } from './options.ts'

/** Named by their content, so that they may be kept for ever and a new release is seen at once. */
export function scriptPath(name: ScriptName): string {
  return paths[name]
}

const paths = Object.fromEntries(
  Object.entries(scripts).map(([name, text]) => [
    name,
    `/assets/${createHash('sha256').update(text).digest('hex').slice(0, 16)}.js`,
  ]),
) as Readonly<Record<ScriptName, string>>

/** GET /assets/...: the stylesheet, whose name is in `settings.look`, and the scripts. */
export function registerAssets(inner: FastifyInstance, settings: Settings): void {
  const serve = (path: string, type: string, text: string): void => {
    inner.get(path, (_request, reply) =>
      reply
        .headers({ ...commonHeaders(settings), 'cache-control': 'public, max-age=31536000, immutable' })
        .type(type)
        .send(text),
    )
  }
  serve(settings.look.stylePath, 'text/css; charset=utf-8', settings.look.css)
  for (const name of Object.keys(scripts) as ScriptName[]) {
    serve(scriptPath(name), 'text/javascript; charset=utf-8', scripts[name])
  }
}
