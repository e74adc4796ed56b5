import { reasonOf } from '../../errors.ts'
import type { Exchange, Found, Gateway, GatewayOperation } from '../../gateway/gateway.ts'
import { httpTransport } from '../../gateway/http-transport.ts'
import type { Sent } from '../../gateway/transport.ts'
import type { PaymentModule } from '../../pipeline/module.ts'
import { newId, realWorld } from '../../world.ts'

/** A provider was asked for a reference that it cannot know. */
export interface Asked {
  /** The modules that share this account. */
  readonly modules: string
  readonly account: string
  /** The host that was asked; undefined when no question could be made. */
  readonly host: string | undefined
  readonly sent: Sent
  /** Milliseconds of the wall clock. */
  readonly askedAtMs: number
  readonly answeredAtMs: number
  /** What the gateway reads in the answer. */
  readonly found: Found | undefined
}

/** Of the whole check's 20 s. */
const ANSWER_MS_MAX = 10_000
const CONNECT_MS_MAX = 5_000

/** Asks each account once, all at the same time. No money moves by a question. */
export async function askProviders(modules: readonly PaymentModule[]): Promise<readonly Asked[]> {
  const accounts = new Map<Gateway['inquire'], PaymentModule[]>()
  // Gateways of one account share how it is asked.
  for (const module of modules) {
    const { inquire } = module.gateway
    accounts.set(inquire, [...(accounts.get(inquire) ?? []), module])
  }
  return Promise.all([...accounts.values()].map(ask))
}

async function ask(modules: readonly PaymentModule[]): Promise<Asked> {
  const [first] = modules
  if (first === undefined) throw new Error('an account has no module')
  const { gateway } = first
  const about = { modules: modules.map(({ name }) => name).join(', '), account: gateway.account }
  const operation = neverSent(gateway)
  const transport = httpTransport({ connectTimeoutMs: CONNECT_MS_MAX })
  const askedAtMs = Date.now()
  try {
    const exchange = bounded(gateway.inquire.build(operation))
    const { host } = new URL(exchange.url)
    const sent = await transport.send(exchange, () => undefined)
    const found = sent.kind === 'answered' ? gateway.inquire.read(sent.answer, operation) : undefined
    return { ...about, host, sent, askedAtMs, answeredAtMs: Date.now(), found }
  } catch (thrown) {
    const sent: Sent = { kind: 'notSent', why: `the question could not be made: ${reasonOf(thrown)}` }
    return { ...about, host: undefined, sent, askedAtMs, answeredAtMs: Date.now(), found: undefined }
  } finally {
    await transport.close(0)
  }
}

function bounded(exchange: Exchange): Exchange {
  return { ...exchange, timeoutMs: Math.min(exchange.timeoutMs, ANSWER_MS_MAX) }
}

/** A charge that nobody has made, under a reference that is as random as a real one. */
function neverSent(gateway: Gateway): GatewayOperation {
  const reference = newId(realWorld())
  return {
    reference,
    kind: gateway.operations.sale === undefined ? 'authorize' : 'sale',
    leg: 1,
    amountMinor: 100n,
    currency: 'GBP',
    orderId: 'counterfoil-doctor',
    description: 'counterfoil doctor',
    payer: undefined,
    payerIp: undefined,
    browser: undefined,
    target: undefined,
    handover: undefined,
    mustAuthenticate: false,
  }
}
