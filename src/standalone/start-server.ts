import { mkdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { failure, reasonOf } from '../errors.ts'
import { assemble, triesOf } from './assemble.ts'
import type { CheckedConfiguration } from './check-configuration.ts'
import { listen } from './listen.ts'
import type { Log } from './log.ts'
import { startOwnSimulator } from './own-simulator.ts'
import { secretSources } from './setting.ts'
import { isReadByOthers } from './secret-file-mode.ts'

/** How long an answer that has begun may take when the server is stopped: pages answer within 20 s. */
const ANSWERS_WITHIN_MS = 22_000
/** How long payments in flight are waited for after that. What is not done by then goes on at the next start. */
const PAYMENTS_WITHIN_MS = 20_000

export interface RunningServer {
  /** Where this process listens. */
  readonly listensAt: string
  /** Where payers and providers find it. */
  readonly publicUrl: string
  /** Where its journal is, and the secrets that it has made. */
  readonly dataFolder: string
  /** The page of the simulated provider, where there is one. */
  readonly simulatorUrl: string | undefined
  /** Is not ready any more, then takes nothing new, finishes what has begun, closes: within `drainMs` and 45 seconds. */
  stop(): Promise<void>
}

/**
 * Starts journal, engine, pages and API as the configuration says. What was started is stopped again when something
 * after it cannot be.
 *
 * @throws CF_CONFIG for an address that is taken, CF_JOURNAL_ errors for a journal that cannot be opened.
 */
export async function startServer(configuration: CheckedConfiguration, log: Log): Promise<RunningServer> {
  warnOf(configuration, log)
  await using starting = new AsyncDisposableStack()
  // The address comes first: whoever starts a second server by mistake is told so before anything else.
  let take: RequestListener = notYet
  const listening = await listen(configuration.listen, (request, response) => take(request, response))
  starting.defer(() => listening.end())
  makeFolder(configuration.dataFolder)
  const simulator = await startOwnSimulator(configuration)
  if (simulator !== undefined) starting.defer(() => simulator.close())
  const tries = triesOf(configuration)
  starting.defer(() => tries.close())
  const { counterfoil, pages, orders } = assemble(configuration, log, tries)
  if (orders !== undefined) {
    await orders.open()
    starting.defer(() => orders.close())
  }
  await counterfoil.start()
  starting.defer(() => counterfoil.stop({ deadlineMs: PAYMENTS_WITHIN_MS }))
  starting.defer(async () => {
    listening.close()
    await atMost(ANSWERS_WITHIN_MS, pages.close())
  })
  // It goes on answering while balancers learn that it is about to stop.
  starting.defer(async () => {
    counterfoil.drain()
    await delay(configuration.drainMs)
  })
  take = pages.node
  await configuration.started?.({ counterfoil, checkoutUrl: (orderId) => pages.checkoutUrl(orderId) })
  const running = starting.move()
  return {
    listensAt: listening.url,
    publicUrl: configuration.publicUrl,
    dataFolder: configuration.dataFolder,
    simulatorUrl: simulator?.worldpayUrls.page,
    stop: () => running.disposeAsync(),
  }
}

function notYet(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { 'retry-after': '5', 'content-type': 'text/plain' }).end('starting\n')
}

/** What works, and should not stay so. */
function warnOf({ apiKeys, webhook }: CheckedConfiguration, log: Log): void {
  if (apiKeys !== undefined && webhook === undefined) {
    log({
      level: 'warn',
      message: 'no webhook is configured: the shop hears nothing, and has to ask the API',
    })
  }
  for (const { name, path, mode } of secretSources()) {
    if (!isReadByOthers(path, mode)) continue
    log({ level: 'warn', message: `the file of ${name} can be read by every user: chmod 600 ${path}` })
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (thrown) {
    throw failure('CF_CONFIG', `dataFolder: ${folder} cannot be made: ${reasonOf(thrown)}`, {}, thrown)
  }
}

/** Waits for `work`, and no longer than that; a failure of it is passed on. */
async function atMost(limitMs: number, work: Promise<void>): Promise<void> {
  let timeout: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timeout = setTimeout(resolve, limitMs)))
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timeout)
  }
}
