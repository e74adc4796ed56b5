import type { Counterfoil, Limits } from '../engine/api.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { PostgresOptions } from '../postgres/settings.ts'
import type { ApiKey, OperatorKey } from '../server/api/options.ts'
import type { HttpOptions, SealedText, ServerLimits } from '../server/options.ts'
import type { TryLimits } from '../server/tries/limits.ts'
import type { Shop } from '../shop/shop.ts'
import type { SimulatorOptions } from '../simulators/index.ts'
import type { DoctorCheck } from './doctor/check.ts'

/**
 * What `counterfoil.config.ts` exports by default: the whole of a server that runs alone.
 *
 * @example
 * export default {
 *   modules: [internalModule('card', { gateway: provider.direct })],
 *   publicUrl: setting('PUBLIC_URL'),
 *   secret: secretSetting('COUNTERFOIL_SECRET'),
 *   apiKeys: [{ client: 'web-shop', secret: secretSetting('API_KEY') }],
 *   webhook: { url: setting('WEBHOOK_URL'), secrets: [secretSetting('WEBHOOK_SECRET')] },
 * } satisfies ServerConfiguration
 */
export interface ServerConfiguration {
  /** The ways to pay: at least one. */
  readonly modules: readonly PaymentModule[]
  /** Where the payer's browser and the providers find the server: no slash at its end. */
  readonly publicUrl: string
  /** Signs links and forms: at least 32 bytes. Links stop working when it changes. */
  readonly secret: SealedText
  /** Where the process listens; TLS ends in front of it. Default: 127.0.0.1, port 3080. */
  readonly listen?: { readonly host?: string; readonly port?: number }
  /** The folder of the journal and of what stands beside it, from the file's own folder on. Default: `data`. */
  readonly dataFolder?: string
  /**
   * The database of journal, order book and tries, for several servers on one configuration; each in a schema of its
   * own. Default: SQLite files in the data folder, for one server.
   */
  readonly postgres?: PostgresOptions
  /**
   * Keeps answers that the database cannot take in a file of the data folder, until it can. Default: with `postgres`.
   * A SQLite journal is on the same disk.
   */
  readonly spool?: boolean
  /**
   * When the server is told to stop: for how long it says that it is not ready before it takes no more connections, 0
   * to 120,000 ms. Longer than a balancer needs to notice. Default: 0.
   */
  readonly drainMs?: number
  /** A shop written in TypeScript, in this process. This or `apiKeys`. */
  readonly shop?: Shop
  /** Called once, when everything runs: a shop in this process gets here what it sends its payers to. */
  readonly started?: (server: StartedServer) => void | Promise<void>
  /** Who may hand orders over, and ask, by the HTTP API. This or `shop`. */
  readonly apiKeys?: readonly ApiKey[]
  /** The people who look after cases, by the HTTP API or `counterfoil cases`: each has a key of their own. */
  readonly operators?: readonly OperatorKey[]
  /** Where the shop hears what became of its orders. Goes with `apiKeys`. Default: nowhere, and it has to ask. */
  readonly webhook?: WebhookConfiguration
  /** How the payer's pages look and speak. */
  readonly pages?: PagesConfiguration
  /** Bounds, by part. */
  readonly limits?: LimitsConfiguration
  /** Addresses or ranges (CIDR) of the proxies whose X-Forwarded-For is believed. Default: none is. */
  readonly trustProxy?: readonly string[]
  /** Allows plain HTTP beyond this machine, for tests only. */
  readonly allowInsecure?: boolean
  /** A simulated provider that is started beside the server, on this machine. Its notifications come here. */
  readonly simulator?: SimulatorOptions
  /** What else `counterfoil doctor` looks at, such as `smtpGreeting({ host })`: at most 20. */
  readonly checks?: readonly DoctorCheck[]
}

/** What a shop in the same process works with. */
export interface StartedServer {
  /** The engine, for capture, refund and whatever else. It is started and stopped by the server. */
  readonly counterfoil: Counterfoil
  /** The signed address of an order's page, to send the payer to. */
  checkoutUrl(orderId: string): string
}

export interface WebhookConfiguration {
  /** https, and a public address. */
  readonly url: string
  /** Sign each webhook: `whsec_` and the base64 of 24 to 64 random bytes. Several while one replaces another. */
  readonly secrets: readonly SealedText[]
  /** Certificates to trust beside the usual ones, in PEM. */
  readonly ca?: string | readonly string[]
  /** For trials on one machine only: allows its own addresses, also without TLS. */
  readonly allowLoopback?: boolean
}

/** The options of `http()` that are about what the payer sees. */
export type PagesConfiguration = Omit<
  HttpOptions,
  'secret' | 'trustProxy' | 'allowInsecure' | 'api' | 'tries' | 'log' | 'nowMs' | 'limits'
>

export interface LimitsConfiguration {
  /** The engine's: see `Limits`. */
  readonly engine?: Partial<Limits>
  /** The pages' and the API's: see `ServerLimits`. */
  readonly server?: Partial<ServerLimits>
  /** How often may be tried to pay: see `TryLimits`. Tries are counted in the data folder. */
  readonly tries?: Partial<TryLimits>
}
