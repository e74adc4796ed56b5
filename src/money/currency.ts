/**
 * How many decimal places a currency's minor unit has, by ISO 4217. Only those that differ from 2 are listed.
 * PSPs differ per currency (Adyen has ISK at 2, for instance): an adapter passes its own overrides.
 */
const ISO_4217 =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
const EXPONENTS_BESIDE_2: Readonly<Record<string, number>> = {
  BHD: 3,
  BIF: 0,
  CLF: 4,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  IQD: 3,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  PYG: 0,
  RWF: 0,
  TND: 3,
  UGX: 0,
  UYI: 0,
  UYW: 4,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
}

/** Every ISO 4217 code that has a minor unit, in alphabetical order. */
export const currencies: readonly string[] = ISO_4217.split(' ')
const known = new Set(currencies)

/** True for an ISO 4217 code in capital letters. */
export function isCurrency(code: string): boolean {
  return known.has(code)
}

/** Decimal places of the currency's minor unit; `overrides` are those of one PSP. Undefined for an unknown code. */
export function exponentOf(
  code: string,
  overrides: Readonly<Record<string, number>> = {},
): number | undefined {
  if (!known.has(code)) return undefined
  return overrides[code] ?? EXPONENTS_BESIDE_2[code] ?? 2
}
