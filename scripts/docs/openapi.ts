import type { Counterfoil } from '../../src/engine/api.ts'
import { http } from '../../src/server/http.ts'
import { memoryOrderBook } from '../../src/shop/order-book/memory.ts'

const PUBLIC_URL = 'https://shop.example/pay'

/** The document as a server answers it; no engine is asked for it. */
const server = http({ publicUrl: PUBLIC_URL, modules: [] } as unknown as Counterfoil, {
  secret: 'of no link that anyone will follow',
  api: {
    keys: [{ client: 'docs', secret: { reveal: () => 'of-nobody-who-will-ever-ask-for-it' } }],
    orders: memoryOrderBook(),
  },
})
const answer = await server.fetch(new Request(`${PUBLIC_URL}/v1/openapi.json`))
if (!answer.ok) throw new Error(`the OpenAPI document was answered with ${answer.status}`)
const text = `${JSON.stringify(await answer.json(), null, 2)}\n`
await server.close()

export const openapiDocument = (): string => text
