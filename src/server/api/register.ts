import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance, HTTPMethods } from 'fastify'
import { errorRegistry, failure } from '../../errors.ts'
import type { Site } from '../site.ts'
import { Allowance } from './allowance.ts'
import { authenticate } from './authentication.ts'
import { CASE, registerCases } from './cases.ts'
import { registerInDoubt } from './in-doubt.ts'
import { parseJson } from './json-body.ts'
import { documentOptions } from './openapi.ts'
import type { ApiSettings } from './options.ts'
import { registerOrders } from './orders.ts'
import { registerPayments } from './payments.ts'
import { registerSettlements } from './settlements.ts'
import { API_PATH, apiHeaders, MethodNotAllowed } from './problems.ts'
import { ErrorMeaning } from './schemas.ts'
import { getErrorText, problems } from './texts.ts'
import { validateBySchema } from './validation.ts'

/** The addresses that need no key: they say only what stands in the documentation too. */
const OPEN_ADDRESSES: ReadonlySet<string> = new Set([`${API_PATH}/openapi.json`, `${API_PATH}/errors/:code`])

/**
 * The HTTP API for shops in other languages: JSON in, JSON out, and every error a problem of RFC 9457. No cookie is
 * read, and no page of another origin may call.
 */
export function registerApi(inner: FastifyInstance, site: Site, api: ApiSettings): void {
  const { settings } = site
  inner.register(
    async (scope) => {
      const allowance = new Allowance(settings.limits.apiRequestsPerMinuteMax)
      // Those of the pages would read a form here.
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
        try {
          done(null, parseJson(body as Buffer))
        } catch (error) {
          done(error as Error)
        }
      })
      scope.setValidatorCompiler(validateBySchema)
      // Answers are made by functions with types; a serializer would drop in silence what a schema forgets.
      scope.setSerializerCompiler(() => (data) => JSON.stringify(data))
      scope.addHook('onRequest', async (request, reply) => {
        reply.headers(apiHeaders(settings))
        if (OPEN_ADDRESSES.has(request.routeOptions.url ?? '')) return
        allowance.take(authenticate(api, request))
        // Before a body is looked at, whose type may be wrong too.
        if (request.is404) throw failure('CF_LINK_INVALID', 'the API has no such address')
      })
      scope.setNotFoundHandler(() => {
        throw failure('CF_LINK_INVALID', 'the API has no such address')
      })
      await scope.register(fastifySwagger, documentOptions(settings))
      if (api.orders !== undefined) registerOrders(scope, site, api.orders)
      registerPayments(scope, site)
      registerCases(scope, site)
      registerSettlements(scope, site)
      registerInDoubt(scope, site)
      registerErrors(scope)
      scope.get('/openapi.json', { schema: { hide: true } }, () => scope.swagger())
      if (api.orders !== undefined) refuseOtherMethods(scope, { '/orders': 'POST', '/orders/:id': 'GET' })
      refuseOtherMethods(scope, { '/payments/:id': 'GET', '/cases': 'GET', '/in-doubt': 'GET' })
      refuseOtherMethods(scope, { [CASE]: 'GET', [`${CASE}/resolutions`]: 'POST' })
      refuseOtherMethods(scope, { '/settlements': 'POST', '/settlements/period-end': 'POST' })
      refuseOtherMethods(scope, { '/errors/:code': 'GET', '/openapi.json': 'GET' })
    },
    { prefix: API_PATH },
  )
}

/** GET /errors/:code: where the type of a problem leads. */
function registerErrors(scope: FastifyInstance): void {
  scope.get<{ Params: { code: string } }>(
    '/errors/:code',
    {
      schema: {
        ...getErrorText,
        security: [],
        response: { 200: { ...ErrorMeaning, description: 'What it means.' }, ...problems(404) },
      },
    },
    async ({ params: { code } }) => {
      const entry = Object.entries(errorRegistry).find(([name]) => name === code)?.[1]
      if (entry === undefined) throw failure('CF_LINK_INVALID', 'there is no such error')
      const { status, title, retry, remedy } = entry
      return { code, status, title, retry, remedy }
    },
  )
}

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

function refuseOtherMethods(
  scope: FastifyInstance,
  addresses: Readonly<Record<string, 'GET' | 'POST'>>,
): void {
  for (const [url, allowed] of Object.entries(addresses)) {
    const refuse = async (): Promise<never> => {
      throw new MethodNotAllowed(allowed === 'GET' ? 'GET, HEAD' : allowed)
    }
    scope.route({
      method: METHODS.filter((method) => method !== allowed),
      url,
      schema: { hide: true },
      exposeHeadRoute: false,
      // Before a body is looked at, whose type may be wrong too.
      onRequest: refuse,
      handler: refuse,
    })
  }
}
