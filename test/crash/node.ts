import { flushCompileCache } from 'node:module'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { PaymentView } from '../../src/engine/api.ts'
import { createCounterfoil } from '../../src/engine/counterfoil.ts'
import { CounterfoilError } from '../../src/errors.ts'
import { cardFrom } from '../../src/gateway/card.ts'
import { httpTransport } from '../../src/gateway/http-transport.ts'
import { secret } from '../../src/gateway/secret.ts'
import { worldpay } from '../../src/gateways/worldpay/index.ts'
import { sqliteJournal } from '../../src/journal/sqlite/index.ts'
import { internalModule } from '../../src/pipeline/module.ts'
import { fileSpool } from '../../src/journal/spool/index.ts'
import { Seams } from './seams.ts'
import { type NodeSettings, type PayBody, type PaymentAnswer, SPOOL_FILE } from './settings.ts'
import { journalThatGoesAway } from './away.ts'
import { ShopDatabase, shopOn } from './shop-database.ts'

/*
 * A server process as a shop would run it: the engine on its journal, Worldpay over HTTP, the shop's database. Instead
 * of pages it has three requests for the test. It prints its port once it serves; SIGTERM lets it end what is in flight.
 */

const settings = JSON.parse(process.argv[2] ?? '') as NodeSettings
const seams = settings.seam === undefined ? undefined : new Seams(settings.seam)
const database = new ShopDatabase(settings.folder)
// Production keeps more room; the tests must not spend their time writing it.
const journal = sqliteJournal(join(settings.folder, 'payments.db'), { reserveBytes: 65_536 })
const spool =
  settings.spool === true ? { spool: fileSpool(join(settings.folder, SPOOL_FILE), { bytes: 65_536 }) } : {}
const transport = httpTransport()
const shop = shopOn(database)

const cf = createCounterfoil({
  journal: seams?.journal(journal) ?? journalThatGoesAway(journal, settings.folder),
  ...spool,
  transport: seams?.transport(transport) ?? transport,
  shop: seams?.shop(shop) ?? shop,
  publicUrl: 'https://shop.example/pay',
  limits: settings.limits,
  modules: [
    internalModule('card', {
      gateway: worldpay({
        url: settings.paymentServiceUrl,
        merchantCode: 'COUNTERFOIL',
        username: 'counterfoil-xml',
        password: secret('counterfoil-password'),
        times: { scale: 1 / settings.timeScale },
      }).direct,
    }),
  ],
})

/** The card comes with the request, as a payer's form would bring it: no file of ours and no argument holds it. */
interface CardBody extends PayBody {
  readonly number: string
  readonly securityCode: string
}

async function answerTo(request: IncomingMessage, body: string): Promise<PaymentAnswer | undefined> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://node.invalid')
  switch (pathname) {
    case '/pay': {
      const { orderId, key, holder, number, securityCode } = JSON.parse(body) as CardBody
      const expiryYear = String(new Date().getFullYear() + 3)
      const card = cardFrom({ number, securityCode, holder, expiryMonth: '12', expiryYear })
      return shown(await cf.pay({ orderId, module: 'card', key, card, payerIp: '192.0.2.1' }))
    }
    case '/cancel': {
      const { paymentId, key } = JSON.parse(body) as { readonly paymentId: string; readonly key: string }
      return shown((await cf.cancel({ paymentId, key })).payment)
    }
    case '/payment': {
      const view = await cf.payment(searchParams.get('id') ?? '')
      return view === undefined ? undefined : shown(view)
    }
    default:
      return undefined
  }
}

function shown({ id, status, settled }: PaymentView): PaymentAnswer {
  return { paymentId: id, status, settled }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    answerTo(request, Buffer.concat(chunks).toString()).then(
      (value) => response.writeHead(value === undefined ? 404 : 200).end(JSON.stringify(value ?? {})),
      (error: unknown) => {
        if (!(error instanceof CounterfoilError)) throw error
        response.writeHead(409).end(JSON.stringify({ code: error.code }))
      },
    )
  })
})

async function drain(): Promise<void> {
  await cf.stop({ deadlineMs: 20_000 })
  server.close()
  server.closeIdleConnections()
  database.close()
  process.stdin.destroy()
}

process.once('SIGTERM', () => {
  drain().catch((error: unknown) => {
    throw error
  })
})
// Whoever started it is gone.
process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGKILL'))

try {
  await cf.start()
} catch (error) {
  if (!(error instanceof CounterfoilError)) throw error
  process.stderr.write(`${error.code}: ${error.message}\n`)
  process.exit(3)
}
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : ''}\n`)
  // Killed processes would never leave what they have compiled to the next one.
  flushCompileCache()
})
