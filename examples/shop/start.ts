import { mkdirSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogLine } from 'counterfoil'
import { http, type HttpServer, postgresTries, sqliteTries } from 'counterfoil/server'
import { PAYMENT_SERVICE_PATH, startSimulator, type WorldpayUrls } from 'counterfoil/simulators'
import { layFoundations } from './breaking/foundations.ts'
import { type Configuration, SettingError } from './configuration.ts'
import { orderMail } from './mail.ts'
import { startMailSink } from './mail-sink.ts'
import { ACCOUNT, NOTIFICATIONS, payments } from './payments.ts'
import { derive, secretFrom } from './secret-file.ts'
import { shopPort } from './shop-port.ts'
import { simulatorLink } from './simulator-link.ts'
import { shopWeb } from './web.ts'

/** Everything is on this machine only: it is a demonstration. */
const HOST = '127.0.0.1'
const MOUNT = '/pay'
/** What a balancer asks before it sends somebody here. */
const READY = `${MOUNT}/readyz`
/** How long stopping waits for payments whose answer is on its way. */
const STOP_DEADLINE_MS = 15_000

export interface RunningShop {
  readonly shopUrl: string
  /** The simulator's page. */
  readonly simulatorUrl: string
  /** Finishes what is under way, then closes everything. */
  stop(): Promise<void>
}

/**
 * Starts the shop, the payment pages, the provider's simulator and the mail sink in this process. What was started
 * is stopped again when something after it cannot be.
 *
 * @throws SettingError for a port that is taken, CounterfoilError for a journal that cannot be opened.
 */
export async function startShop(
  configuration: Configuration,
  log: (line: LogLine) => void,
): Promise<RunningShop> {
  const { port, dataFolder, timeScale, changeOfMind, trustProxy, journalUrl, drainMs = 0 } = configuration
  const { breaking: breakable, restarts } = configuration
  const shopUrl = configuration.publicUrl ?? `http://localhost:${port}`
  await using starting = new AsyncDisposableStack()
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const secret = secretFrom(dataFolder)
  const sink = await startMailSink(join(dataFolder, 'mail'))
  starting.defer(() => sink.close())
  const simulator = await providerFor(configuration)
  starting.defer(() => simulator.close())

  const foundations = layFoundations({
    dataFolder,
    circumstances: {
      setting: breakable,
      host: HOST,
      trustProxy,
      provider: simulator,
      environment: process.env,
    },
    sink,
    restarts,
    ...(journalUrl !== undefined && { node: String(port) }),
  })
  const { world, database, breaking } = foundations
  starting.defer(() => foundations.close())
  const mail = orderMail({ database, host: HOST, port: sink.port, shopUrl })
  starting.defer(() => mail.close())

  const counterfoil = payments({
    shop: shopPort(database, mail),
    journalPath: join(dataFolder, 'payments.db'),
    ...(journalUrl !== undefined && { journalUrl }),
    paymentServiceUrl: simulator.worldpayUrls.paymentService,
    publicUrl: shopUrl + MOUNT,
    timeScale,
    changeOfMind,
    log,
    world,
  })
  await counterfoil.start()
  starting.defer(() => counterfoil.stop({ deadlineMs: STOP_DEADLINE_MS }))

  const pages = http(counterfoil, {
    secret: derive(secret, 'payment pages'),
    brand: 'Stub & Quill',
    shopUrl: `${shopUrl}/orders`,
    // The limits hold for all nodes of one journal together.
    tries: {
      store:
        journalUrl === undefined
          ? sqliteTries(join(dataFolder, 'tries.db'))
          : postgresTries({ url: journalUrl }),
    },
    ...(trustProxy.length > 0 && { trustProxy }),
  })
  let isLeaving = false
  const app = await shopWeb(
    {
      database,
      payments: counterfoil,
      checkoutUrl: (orderId) => pages.checkoutUrl(orderId),
      simulator: simulatorLink(simulator.worldpayUrls.page.replace(/\/$/, '')),
      sink,
      breaking,
      shopUrl,
      secret: derive(secret, 'shop pages'),
    },
    (shop) =>
      createServer((request, response) => {
        const url = request.url ?? '/'
        if (isLeaving && url === READY) response.writeHead(503, { 'cache-control': 'no-store' }).end()
        else route(url, pages, shop)(request, response)
      }),
  )
  starting.defer(() => app.close())
  // The event streams end first: the server waits for whoever is still connected.
  starting.defer(() => pages.close())
  await listening('SHOP_PORT', port, () => app.listen({ port, host: HOST }))
  starting.defer(async () => {
    // Balancers hear it before anybody is refused: until then whoever is sent here is served, and may pay.
    isLeaving = true
    await sleep(drainMs)
  })

  const running = starting.move()
  return { shopUrl, simulatorUrl: simulator.worldpayUrls.page, stop: () => running.disposeAsync() }
}

/** What a shop has to know of the simulated provider. */
interface Provider {
  readonly worldpayUrls: Pick<WorldpayUrls, 'paymentService' | 'page'>
  close(): Promise<void>
}

/** The simulator of this shop alone, or one that several nodes share: that one is looked after by whoever started it. */
async function providerFor(configuration: Configuration): Promise<Provider> {
  const { port, simulatorPort, simulatorUrl, dataFolder, timeScale, notifications } = configuration
  if (simulatorUrl !== undefined) {
    const base = `${simulatorUrl}/worldpay`
    return {
      worldpayUrls: { paymentService: base + PAYMENT_SERVICE_PATH, page: `${base}/` },
      close: async () => undefined,
    }
  }
  return listening('SHOP_SIMULATOR_PORT', simulatorPort, () =>
    startSimulator({
      ...ACCOUNT,
      port: simulatorPort,
      host: HOST,
      timeScale,
      dataFile: join(dataFolder, 'simulator.jsonl'),
      notificationUrl: notifications === 'on' ? `http://${HOST}:${port}${MOUNT}${NOTIFICATIONS}` : '',
    }),
  )
}

/** One server for both: what is under the mount is Counterfoil's, before any body parser of the shop sees it. */
function route(url: string, pages: HttpServer, shop: RequestListener): RequestListener {
  return url === MOUNT || url.startsWith(`${MOUNT}/`)
    ? (request, response) => pages.node(request, response)
    : shop
}

/** Says which setting to change when a port is taken or not allowed. */
async function listening<Server>(
  setting: string,
  port: number,
  listen: () => Promise<Server>,
): Promise<Server> {
  try {
    return await listen()
  } catch (error) {
    const code = codeOf(error)
    const why =
      code === 'EADDRINUSE' ? 'is taken' : code === 'EACCES' ? 'is not allowed for this user' : undefined
    if (why === undefined) throw error
    throw new SettingError(
      `Port ${port} ${why}. Choose another one with ${setting}, such as ${setting}=${port + 1000}.`,
    )
  }
}

function codeOf(error: unknown): unknown {
  const origin = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return origin instanceof Error && 'code' in origin ? origin.code : undefined
}
