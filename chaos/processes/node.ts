import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { flushCompileCache } from 'node:module'
import { createCounterfoil, CounterfoilError } from '../../src/index.ts'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import { fileSpool } from '../../src/journal/spool/index.ts'
import { http } from '../../src/server/index.ts'
import { modules } from '../modules.ts'
import { remoteShop, tell } from '../remote-shop.ts'
import {
  EXIT_CODE_NOT_OPENED,
  JOURNAL_TIMES,
  LIMITS,
  LOOPBACK,
  MOUNT,
  type NodeSettings,
} from '../settings.ts'
import { endsWithItsParent } from './ending.ts'

/*
 * One node as a shop would run it: the engine on the journal in PostgreSQL, its spool, the payment pages. Beside the pages
 * it has what the shop's staff ask for. It prints its port once it serves; SIGTERM lets it end what is in flight.
 */

const STOP_DEADLINE_MS = 15_000
const SPOOL_BYTES = 256 * 1024
const BODY_BYTES_MAX = 10_000
/** A form is good for longer than any clock here is wrong. */
const FORM_VALID_MS = 6 * 3_600_000

const settings = JSON.parse(process.argv[2] ?? '') as NodeSettings
const { version, paymentServiceUrl, shopUrl, publicUrl } = settings

const cf = createCounterfoil({
  journal: postgresJournal({ url: settings.databaseUrl, ...JOURNAL_TIMES }),
  spool: fileSpool(settings.spoolPath, { bytes: SPOOL_BYTES }),
  shop: remoteShop(shopUrl),
  publicUrl,
  limits: { ...LIMITS, doubtCaseAfterMs: settings.doubtCaseAfterMs },
  modules: modules({
    version,
    paymentServiceUrl,
    tellWarehouse: async ({ key, orderId, paymentId, signal }) =>
      void (await tell(shopUrl, { method: 'tellWarehouse', telling: { key, orderId, paymentId } }, signal)),
  }),
})

const pages = http(cf, {
  // The same on every node: a form of one is sent to another.
  secret: 'the-secret-of-three-nodes-that-are-killed',
  brand: 'Stub & Quill',
  // The balancer has no address of its own here.
  trustProxy: [LOOPBACK],
  limits: { formValidMs: FORM_VALID_MS },
})

/** What the staff of the shop ask for, by the order's number. */
interface StaffRequest {
  readonly what: 'capture' | 'refund' | 'close'
  readonly orderId: string
  readonly key: string
}

async function answerStaff({ what, orderId, key }: StaffRequest): Promise<unknown> {
  if (what === 'close') return { state: (await cf.closeOrder({ orderId })).state }
  const { paymentId, state } = await cf.order(orderId)
  if (paymentId === undefined || state !== 'claimed') return { code: 'unpaid' }
  const { operation } = await cf[what]({ paymentId, key })
  return { state: operation.state }
}

async function staff(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  try {
    if (body.length > BODY_BYTES_MAX) throw new Error('the body is too long')
    if (request.url?.startsWith('/checkout/') === true) {
      const url = pages.checkoutUrl(decodeURIComponent(request.url.slice('/checkout/'.length)))
      return void response.end(JSON.stringify({ url }))
    }
    response.end(JSON.stringify(await answerStaff(JSON.parse(body.toString()) as StaffRequest)))
  } catch (error) {
    const code = error instanceof CounterfoilError ? error.code : String(error)
    response.writeHead(409).end(JSON.stringify({ code }))
  }
}

const server = createServer((request, response) => {
  if (request.url?.startsWith(`${MOUNT}/`) === true) return pages.node(request, response)
  staff(request, response).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    response.destroy()
  })
})

endsWithItsParent(async () => {
  cf.drain()
  server.close()
  server.closeIdleConnections()
  await cf.stop({ deadlineMs: STOP_DEADLINE_MS })
  await pages.close()
})

try {
  await cf.start()
} catch (error) {
  if (!(error instanceof CounterfoilError)) throw error
  process.stderr.write(`${error.code}: ${error.message}\n`)
  process.exit(EXIT_CODE_NOT_OPENED)
}
server.listen(0, LOOPBACK, () => {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : ''}\n`)
  // Killed processes would never leave what they have compiled to the next one.
  flushCompileCache()
})
