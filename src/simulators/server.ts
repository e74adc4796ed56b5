import type { IncomingMessage, ServerResponse } from 'node:http'
import { reasonOf } from '../errors.ts'
import { realWorld, type World } from '../world.ts'
import { LineFile } from './line-file.ts'
import { Listener } from './listener.ts'
import { isFromHere, isUnderOwnName } from './own-machine.ts'
import { openBooks } from './worldpay/books.ts'
import { BANK_PATH, CHALLENGE_PATH, serveBank, serveChallenge } from './worldpay/challenge-page.ts'
import { serveControl } from './worldpay/control.ts'
import { PAYMENT_SERVICE_PATH } from './worldpay/core.ts'
import { DEVICE_DATA_PATH, serveDeviceData } from './worldpay/device-data-page.ts'
import { HOSTED_PATH, serveHosted } from './worldpay/hosted-page.ts'
import { pageHeaders, servePage } from './worldpay/pages.ts'
import { WorldpayShell } from './worldpay/shell.ts'
import type { WorldpayOptions } from './worldpay/state.ts'

/** Where the simulator listens and what it keeps; the rest are the options of the simulated merchant account. */
export interface SimulatorOptions extends Partial<WorldpayOptions> {
  /** 0 takes any free port. Default 4010. */
  readonly port?: number
  /** Default 127.0.0.1: it is a tool for tests and has no accounts. */
  readonly host?: string
  /** Keeps the ledger in this file over restarts. */
  readonly dataFile?: string
  readonly world?: World
}

/** A running simulator. */
export interface Simulator {
  /** Without a slash at its end. */
  readonly url: string
  readonly worldpay: WorldpayShell
  readonly worldpayUrls: WorldpayUrls
  /** Ends every connection and closes the data file. */
  close(): Promise<void>
}

export interface WorldpayUrls {
  /** Where a Worldpay client sends its messages. */
  readonly paymentService: string
  /** The page with ledger and faults. */
  readonly page: string
  /** The JSON interface, with a slash at its end. */
  readonly control: string
  /** The hosted payment page, as answers to registrations name it, without its query. */
  readonly hosted: string
  /** Where the payer's browser posts `JWT` and `MD` when a challenge is required. */
  readonly challenge: string
  /** Where the payer's browser posts `JWT` and `Bin` before an order with 3-D Secure. */
  readonly deviceData: string
}

export const DEFAULT_PORT = 4010

/**
 * Starts the simulators on one port: Worldpay under `/worldpay/`.
 *
 * @throws CF_CONFIG naming the option, when the port is taken, or when the data file is damaged.
 * @example
 * const simulator = await startSimulator({ port: 0, timeScale: 60 })
 * await fetch(simulator.worldpayUrls.paymentService, { method: 'POST', headers, body })
 * simulator.worldpay.ledger().totals
 * await simulator.close()
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = DEFAULT_PORT, host = '127.0.0.1', dataFile, world = realWorld(), ...account } = options
  const file = dataFile === undefined ? undefined : new LineFile(dataFile)
  try {
    const shell: WorldpayShell = new WorldpayShell(openBooks(account, file), {
      world,
      file,
      leave: (durationMs) => listener.leave(durationMs),
    })
    const listener = new Listener(world, host, port, (request, response) => {
      route(shell, listener, request, response).catch((error: unknown) => fail(response, error))
    })
    await listener.open()
    const base = listener.url + MOUNT
    // Which port it is, is known only now; with it the notifications that a data file has kept are on their way again.
    shell.setOptions({
      hostedUrl: account.hostedUrl ?? base + HOSTED_PATH,
      challengeUrl: account.challengeUrl ?? base + BANK_PATH,
    })
    return {
      url: listener.url,
      worldpay: shell,
      worldpayUrls: {
        paymentService: base + PAYMENT_SERVICE_PATH,
        page: `${base}/`,
        control: `${base}/control/`,
        hosted: base + HOSTED_PATH,
        challenge: base + CHALLENGE_PATH,
        deviceData: base + DEVICE_DATA_PATH,
      },
      close: async () => {
        await shell.close()
        await listener.close()
        file?.close()
      },
    }
  } catch (error) {
    file?.close()
    throw error
  }
}

const MOUNT = '/worldpay'

async function route(
  shell: WorldpayShell,
  listener: Listener,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '/'
  if (target === MOUNT + PAYMENT_SERVICE_PATH) {
    // A connection from before the outage: nobody is there.
    if (listener.away) return void request.socket.resetAndDestroy()
    return shell.serve(request, response, target)
  }
  const { pathname, searchParams } = new URL(target, 'http://simulator.invalid')
  if (pathname === '/' || pathname === MOUNT) return redirect(response, `${MOUNT}/`)
  const forPayers = payerPages[pathname]
  const allowed =
    forPayers?.fromAnySite(request) === true
      ? isUnderOwnName(request, listener.host)
      : isFromHere(request, listener.host)
  if (!allowed) {
    return text(response, 403, 'This came from another site, or under a name that is not of this machine.')
  }
  if (forPayers !== undefined) return forPayers.serve(shell, request, response, searchParams)
  if (pathname.startsWith(`${MOUNT}/control/`)) {
    return serveControl(shell, request, response, pathname.slice(`${MOUNT}/control/`.length), searchParams)
  }
  if (pathname.startsWith(`${MOUNT}/jsp/`)) return shell.serve(request, response, pathname)
  if (pathname.startsWith(`${MOUNT}/`)) {
    return servePage(shell, request, response, pathname.slice(MOUNT.length))
  }
  return text(response, 404, 'Nothing is here. The Worldpay simulator is at /worldpay/.')
}

interface PayerPage {
  /** What the shop's own pages may ask for: to go there, or to post the form that the page is made for. */
  readonly fromAnySite: (request: IncomingMessage) => boolean
  readonly serve: (
    shell: WorldpayShell,
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
  ) => Promise<void> | void
}

/** The pages that payers are sent to from the shop, by their path. */
const payerPages: Readonly<Record<string, PayerPage>> = {
  // Its address comes from the shop; its form comes from the page itself.
  [MOUNT + HOSTED_PATH]: { fromAnySite: ({ method }) => method !== 'POST', serve: serveHosted },
  // The signature of the JWT in the form says who sends it.
  [MOUNT + CHALLENGE_PATH]: { fromAnySite: () => true, serve: serveChallenge },
  [MOUNT + BANK_PATH]: { fromAnySite: () => true, serve: (_, __, response) => serveBank(response) },
  [MOUNT + DEVICE_DATA_PATH]: { fromAnySite: () => true, serve: serveDeviceData },
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, 'content-length': 0 })
  response.end()
}

function text(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { ...pageHeaders, 'content-type': 'text/plain; charset=UTF-8' })
  response.end(`${words}\n`)
}

/** Something of the simulator itself failed, such as a full disk under its data file: said, not hidden. */
function fail(response: ServerResponse, error: unknown): void {
  process.emitWarning(`The simulator failed: ${reasonOf(error)}`)
  if (response.headersSent) response.destroy()
  else text(response, 500, 'The simulator itself has failed; its console says why.')
}
