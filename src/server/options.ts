import type { LogLine } from '../engine/api.ts'
import { failure } from '../errors.ts'
import { type TryLimits, tryLimitsFrom, type TryOptions } from './tries/limits.ts'
import { memoryTries } from './tries/memory-tries.ts'
import type { TryStore } from './tries/try-store.ts'
import { type ApiOptions, type ApiSettings, apiSettingsFrom } from './api/options.ts'
import { type Catalogues, cataloguesWith, type OwnTexts } from './texts/texts.ts'
import { type Look, lookFrom, type Theme } from './theme.ts'

/** A secret that cannot be printed, as `secret(...)` makes it. */
export interface SealedText {
  reveal(): string
}

export interface HttpOptions {
  /** Signs links and forms: at least 32 bytes, the same on every node. Links stop working when it changes. */
  readonly secret: SealedText | string
  /** The shop's name as the payer reads it. Default: 'Checkout'. */
  readonly brand?: string
  /** Where 'Back to the shop' leads. Default: no such link. */
  readonly shopUrl?: string
  /** The shop's own words by language tag, put over the shipped ones; a language that is not shipped must be complete. */
  readonly texts?: Readonly<Record<string, OwnTexts>>
  /** Colour, corners, fonts and logo of the pages. Default: ours. */
  readonly theme?: Theme
  /** Addresses or ranges (CIDR) of the proxies whose X-Forwarded-For is believed. Default: none is. */
  readonly trustProxy?: readonly string[]
  /** Allows plain HTTP beyond this machine, for tests only: the session cookie then travels in the clear. */
  readonly allowInsecure?: boolean
  /** The HTTP API for shops in other languages, below `/v1`. Default: there is none. */
  readonly api?: ApiOptions
  /** How often may be tried to pay, and where that is counted. Default: `defaultTryLimits`, in memory. */
  readonly tries?: TryOptions
  /** Where unexpected errors go. Default: one line of JSON each on stderr. Bodies and card data are never in it. */
  readonly log?: (line: LogLine) => void
  /** The wall clock, for the age of forms and tries and the expiry of cards. Default: the engine's, so that nodes agree. */
  readonly nowMs?: () => number
  /** Default: see `defaultServerLimits`. */
  readonly limits?: Partial<ServerLimits>
}

/** Every bound of the server, with its name and unit. */
export interface ServerLimits {
  /** The largest body that is read; a card form is below 1 KiB. */
  readonly bodyBytesMax: number
  /** The largest notification of a provider that is read. */
  readonly notificationBytesMax: number
  /** From the first line of a request, body included, to its answer. Event streams have their own. */
  readonly answerWithinMs: number
  /** How long a card form can be sent after it was shown. */
  readonly formValidMs: number
  /** How long a form or a return waits for the PSP before it shows the please-wait page. */
  readonly payWaitMs: number
  /** How long a card form that was sent waits for the device data of 3-D Secure; it goes on without. */
  readonly deviceDataWaitMs: number
  /** How long a paid payment's page waits for the shop's own page to be named. */
  readonly pageGraceMs: number
  /** After so long in doubt the page says "still checking" instead of "please wait". */
  readonly stillCheckingAfterMs: number
  /** Event streams open at once on this node; one more is answered 503, and the page reloads itself instead. */
  readonly streamsMax: number
  readonly streamsPerPaymentMax: number
  /** A stream ends after this; the browser comes back by itself and goes on after the last event. */
  readonly streamLifetimeMs: number
  readonly heartbeatEveryMs: number
  /** What may wait in a stream for a browser that does not read; beyond it the stream is cut. */
  readonly streamBufferBytesMax: number
  /** The largest report of a browser that is read: a page of ours broke its policy. */
  readonly reportBytesMax: number
  /** Reports that are written into the log within a minute; of more only their number is. */
  readonly reportLinesPerMinuteMax: number
  /** The largest body of the HTTP API that is read. */
  readonly apiBodyBytesMax: number
  /** Requests of one client of the HTTP API within a minute; one more is answered 429. */
  readonly apiRequestsPerMinuteMax: number
  /** How long the HTTP API answers a repeated Idempotency-Key as it did the first time. */
  readonly apiKeysKeptHours: number
}

export const defaultServerLimits: ServerLimits = {
  bodyBytesMax: 16_384,
  notificationBytesMax: 65_536,
  answerWithinMs: 20_000,
  formValidMs: 3_600_000,
  payWaitMs: 1_500,
  deviceDataWaitMs: 3_000,
  pageGraceMs: 700,
  stillCheckingAfterMs: 30_000,
  streamsMax: 1_000,
  streamsPerPaymentMax: 8,
  streamLifetimeMs: 300_000,
  heartbeatEveryMs: 15_000,
  streamBufferBytesMax: 65_536,
  reportBytesMax: 32_768,
  reportLinesPerMinuteMax: 20,
  apiBodyBytesMax: 65_536,
  apiRequestsPerMinuteMax: 6_000,
  apiKeysKeptHours: 72,
}

/** The options and the public address, checked once. */
export interface Settings {
  readonly secret: string
  readonly brand: string
  readonly shopUrl: string | undefined
  readonly catalogues: Catalogues
  readonly look: Look
  readonly trustProxy: readonly string[]
  /** Scheme, host and port of the public address. */
  readonly origin: string
  /** Path of the public address without a slash at its end; '' at the root. */
  readonly base: string
  readonly https: boolean
  /** False only by `allowInsecure` over plain HTTP: then the cookie can be neither Secure nor `__Host-`. */
  readonly secureCookie: boolean
  readonly api: ApiSettings | undefined
  readonly tries: { readonly limits: TryLimits; readonly store: TryStore }
  readonly log: (line: LogLine) => void
  readonly nowMs: () => number
  readonly limits: ServerLimits
}

const SECRET_BYTES_MIN = 32
const BRAND_CHARACTERS_MAX = 60

/** @throws CF_CONFIG naming the option and what is allowed. */
export function settingsFrom(publicUrl: string, options: HttpOptions): Settings {
  const url = webAddress('publicUrl', publicUrl)
  if (url.search !== '' || url.hash !== '' || url.username !== '' || /[;,'%\s]/.test(url.pathname)) {
    throw wrong('publicUrl', `must have a plain path and no query, such as https://shop.example/pay`)
  }
  const https = url.protocol === 'https:'
  const allowInsecure = options.allowInsecure ?? false
  if (!https && !allowInsecure && !isLoopback(url.hostname)) {
    throw wrong('publicUrl', `must be https beyond this machine (allowInsecure permits http, for tests only)`)
  }
  const brand = options.brand ?? 'Checkout'
  if (typeof brand !== 'string' || brand.trim() === '' || brand.length > BRAND_CHARACTERS_MAX) {
    throw wrong('brand', `must be a name of 1 to ${BRAND_CHARACTERS_MAX} characters`)
  }
  return {
    secret: secretFrom(options.secret),
    brand,
    shopUrl: options.shopUrl === undefined ? undefined : webAddress('shopUrl', options.shopUrl).href,
    catalogues: cataloguesWith(options.texts),
    look: lookFrom(options.theme),
    trustProxy: trustedFrom(options.trustProxy),
    origin: url.origin,
    base: url.pathname.replace(/\/+$/, ''),
    https,
    secureCookie: https || !allowInsecure,
    api: options.api === undefined ? undefined : apiSettingsFrom(options.api),
    tries: { limits: tryLimitsFrom(options.tries ?? {}), store: options.tries?.store ?? memoryTries() },
    log: options.log ?? ((line) => process.stderr.write(`${JSON.stringify(line)}\n`)),
    nowMs: options.nowMs ?? Date.now,
    limits: limitsFrom(options.limits ?? {}),
  }
}

function secretFrom(given: SealedText | string | undefined): string {
  const text = typeof given === 'object' ? given.reveal() : given
  if (typeof text !== 'string' || Buffer.byteLength(text) < SECRET_BYTES_MIN) {
    throw wrong('secret', `must have at least ${SECRET_BYTES_MIN} bytes: openssl rand -base64 32 makes one`)
  }
  return text
}

function trustedFrom(given: unknown): readonly string[] {
  if (given === undefined) return []
  const list = Array.isArray(given) ? given : []
  if (
    list.length === 0 ||
    !list.every((entry) => typeof entry === 'string' && /^[0-9a-f.:]+(\/\d+)?$/i.test(entry))
  ) {
    throw wrong(
      'trustProxy',
      "must list addresses or ranges, such as ['10.0.0.0/8']; true would believe anyone",
    )
  }
  return list
}

function limitsFrom(given: Partial<ServerLimits>): ServerLimits {
  for (const [name, limit] of Object.entries(given)) {
    if (!(name in defaultServerLimits)) {
      throw wrong(`limits.${name}`, `is not known; there are ${Object.keys(defaultServerLimits).join(', ')}`)
    }
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw wrong(`limits.${name}`, 'must be a whole number from 1')
    }
  }
  return { ...defaultServerLimits, ...given }
}

function webAddress(name: string, text: unknown): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) throw wrong(name, 'must be an http or https address')
  return url
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
  )
}

function wrong(name: string, rule: string): Error {
  return failure('CF_CONFIG', `http(cf, { ${name} }): ${name} ${rule}`)
}
