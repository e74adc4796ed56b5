import { exponentOf } from '../../money/currency.ts'

/**
 * Where Worldpay counts in other decimal places than 2 (psp-protocols 10). HUF, IDR and MGA have 2 by ISO 4217 and
 * none at Worldpay, so amounts are converted, and only whole ones can be sent.
 */
const EXPONENTS: Readonly<Record<string, number>> = Object.assign(Object.create(null), {
  GNF: 0,
  HUF: 0,
  IDR: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  MGA: 0,
  PYG: 0,
  RWF: 0,
  VND: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
})

/**
 * Worldpay's decimal places of a currency. Undefined where ISO 4217 does not say 2 and nobody has confirmed what
 * Worldpay counts in: a guess could be wrong by a factor of 100.
 */
export function worldpayExponentOf(currency: string): number | undefined {
  const known = EXPONENTS[currency]
  if (known !== undefined) return known
  return exponentOf(currency) === 2 ? 2 : undefined
}

/** An amount in Worldpay's count. */
export interface WireAmount {
  readonly value: bigint
  readonly currency: string
  readonly exponent: number
}

/** Converts from ISO minor units; a text says why Worldpay cannot express the amount. */
export function toWire(amountMinor: bigint, currency: string): WireAmount | string {
  const iso = exponentOf(currency)
  if (iso === undefined) return `'${currency}' is not a currency of ISO 4217`
  const exponent = worldpayExponentOf(currency)
  if (exponent === undefined) return `the decimal places in which Worldpay counts ${currency} are not known`
  if (amountMinor < 0n) return 'an amount below zero'
  const value = rescale(amountMinor, iso, exponent)
  if (value === undefined) return `Worldpay takes ${currency} with ${exponent} decimal places only`
  if (value > VALUE_MAX) return `Worldpay takes at most ${VALUE_MAX} in its smallest unit`
  return { value, currency, exponent }
}

/** Converts to ISO minor units; undefined when that does not come out even or the currency is unknown. */
export function fromWire({ value, currency, exponent }: WireAmount): bigint | undefined {
  const iso = exponentOf(currency)
  return iso === undefined ? undefined : rescale(value, exponent, iso)
}

/** Ten digits is what the amount of an order holds. */
const VALUE_MAX = 9_999_999_999n

function rescale(value: bigint, from: number, to: number): bigint | undefined {
  if (to >= from) return value * 10n ** BigInt(to - from)
  const divisor = 10n ** BigInt(from - to)
  return value % divisor === 0n ? value / divisor : undefined
}
