import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { Settings } from '../options.ts'
import { WebhookMessage } from './webhook-schema.ts'

/** The version of the API, not of the package: it goes up when a client has to change. */
const API_VERSION = '1.0.0'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

/** How the OpenAPI document is made from the schemas of the routes. */
export function documentOptions({
  origin,
  base,
}: Pick<Settings, 'origin' | 'base'>): FastifyDynamicSwaggerOptions {
  return {
    stripBasePath: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Counterfoil',
        version: API_VERSION,
        description:
          'Orders to be paid, handed over by a shop in any language. What became of them is told by webhooks.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: origin + base }],
      security: [{ apiKey: [] }],
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'One of the keys that the server was started with.',
          },
        },
      },
      webhooks: { counterfoil: { post: webhook } },
    },
    transformObject: (made) => {
      if (!('openapiObject' in made)) throw new Error('the document is of OpenAPI 3')
      return hoisted(made.openapiObject as JsonObject)
    },
  }
}

const header = (name: string, description: string) => ({
  name,
  in: 'header' as const,
  required: true,
  description,
  schema: { type: 'string' as const },
})

/** What is sent to the shop, signed by Standard Webhooks. */
const webhook = {
  operationId: 'hearOfPayment',
  summary: 'Hear what became of a payment',
  description: 'Sent again with growing pauses, for three days, until it is answered with a status of 2xx.',
  security: [],
  parameters: [
    header('webhook-id', 'The same each time the same thing is told: do it once.'),
    header(
      'webhook-timestamp',
      'When it was sent, in seconds since 1970. Refuse what is older than five minutes.',
    ),
    header('webhook-signature', '`v1,` and an HMAC-SHA-256 in base64, one by each secret, apart by spaces.'),
  ],
  requestBody: { required: true, content: { 'application/json': { schema: WebhookMessage } } },
  responses: { '2XX': { description: 'Taken.' } },
}

/** Gives every schema that has a title a place of its own, so that clients made from the document have its name. */
function hoisted(document: JsonObject): JsonObject {
  const schemas: JsonObject = {}
  const walk = (value: Json, name = ''): Json => {
    if (Array.isArray(value)) return value.map((member) => walk(member))
    if (typeof value !== 'object' || value === null) return value
    const walked = walkAll(value)
    const { title, type } = walked
    if (typeof title !== 'string' || type !== 'object') return walked
    // The words of one answer are not those of its schema; they stand beside it already.
    const { description, ...schema } = walked
    schemas[title] = name === 'schema' || description === undefined ? schema : { ...schema, description }
    return { $ref: `#/components/schemas/${title}` }
  }
  const walkAll = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([name, member]) => [name, walk(member, name)]))
  const plain = JSON.parse(JSON.stringify(document)) as JsonObject
  const walked = walkAll(plain)
  const components = walked['components'] as JsonObject
  return { ...walked, components: { ...components, schemas } }
}
