import type { Secret } from '../../gateway/secret.ts'
import { type Methods, methodsOf } from './methods.ts'
import { checkedGroup, checkedSecret, checkedText, wrong } from './option-checks.ts'

/** What is particular to payments on Worldpay's page. All of it has a default. */
export interface HostedOptions {
  /** The installation whose pages are shown. */
  readonly installationId?: string
  /** Worldpay's codes of what the payer can choose from, such as VISA-SSL. Default: all that the account has. */
  readonly methods?: readonly string[]
  /** How long the page takes payments: sent with each order, and kept by Worldpay. 5 to 1440, default 60. */
  readonly payWithinMinutes?: number
  /** ISO 3166-1 alpha-2, which the page begins with. */
  readonly country?: string
  /** ISO 639-1, of the page. */
  readonly language?: string
  /** With it, what the payer's browser comes back with is checked: for people to see, and never believed. */
  readonly macSecret?: Secret
  /** The administration code, with which such an order key begins. */
  readonly adminCode?: string
}

export interface HostedConfig {
  readonly installationId: string | undefined
  readonly methods: Methods
  readonly payWithinMinutes: number
  readonly country: string | undefined
  readonly language: string | undefined
  readonly macSecret: Secret | undefined
  readonly adminCode: string | undefined
}

const MINUTES_DEFAULT = 60
const MINUTES_MIN = 5
const MINUTES_MAX = 1_440
const METHODS_MAX = 50

/**
 * Checks the options.
 *
 * @throws CF_CONFIG naming the option and what is allowed.
 */
export function hostedConfig(options: HostedOptions): HostedConfig {
  checkedGroup('hosted', options)
  const text = (
    name: 'installationId' | 'country' | 'language' | 'adminCode',
    pattern: RegExp,
    allowed: string,
  ) =>
    options[name] === undefined ? undefined : checkedText(`hosted.${name}`, options[name], pattern, allowed)
  const { macSecret } = options
  return Object.freeze({
    installationId: text(
      'installationId',
      /^[A-Za-z0-9_.-]{1,40}$/,
      '1 to 40 letters, digits, dots or dashes',
    ),
    methods: methodsOf(checkedMethods(options)),
    payWithinMinutes: checkedMinutes(options),
    country: text('country', /^[A-Z]{2}$/, 'two capital letters, such as GB'),
    language: text('language', /^[a-z]{2}$/, 'two small letters, such as en'),
    macSecret:
      macSecret === undefined
        ? undefined
        : checkedSecret('hosted.macSecret', macSecret, 'WORLDPAY_MAC_SECRET'),
    adminCode: text('adminCode', /^[\w.:-]{1,64}$/, '1 to 64 letters, digits, dots, colons or dashes'),
  })
}

function checkedMinutes({ payWithinMinutes = MINUTES_DEFAULT }: HostedOptions): number {
  if (
    Number.isInteger(payWithinMinutes) &&
    payWithinMinutes >= MINUTES_MIN &&
    payWithinMinutes <= MINUTES_MAX
  ) {
    return payWithinMinutes
  }
  throw wrong('hosted.payWithinMinutes', `must be a whole number from ${MINUTES_MIN} to ${MINUTES_MAX}`)
}

function checkedMethods({ methods }: HostedOptions): readonly string[] | undefined {
  if (methods === undefined) return undefined
  const allowed = `must be 1 to ${METHODS_MAX} different codes such as VISA-SSL; leave it out for all`
  if (!Array.isArray(methods) || methods.length === 0 || methods.length > METHODS_MAX) {
    throw wrong('hosted.methods', allowed)
  }
  const isCode = (code: unknown): boolean =>
    typeof code === 'string' && /^[A-Z][A-Z0-9_-]{1,39}$/.test(code) && code !== 'ALL'
  if (!methods.every(isCode) || new Set(methods).size < methods.length) throw wrong('hosted.methods', allowed)
  return Object.freeze([...methods])
}
