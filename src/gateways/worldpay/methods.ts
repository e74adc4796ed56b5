/** Worldpay's codes of what a payer can choose from, by what the order is. */
export interface Methods {
  readonly sale: readonly string[]
  /** Only methods whose capture can be left for later. */
  readonly authorize: readonly string[]
}

/** Cards of the schemes that accounts usually have. */
const SCHEMES: readonly string[] = Object.freeze([
  'VISA-SSL',
  'ECMC-SSL',
  'MAESTRO-SSL',
  'AMEX-SSL',
  'DINERS-SSL',
  'DISCOVER-SSL',
  'JCB-SSL',
])

/**
 * Cards: an authorization waits for its capture. Bank transfers, vouchers and the like take the money when the payer
 * pays, whatever the order's capture delay says, so that no authorization may offer them. National cards are offered
 * where they are named.
 */
const DELAYED_CAPTURE: ReadonlySet<string> = new Set([
  ...SCHEMES,
  'CB-SSL',
  'CARTEBLEUE-SSL',
  'DANKORT-SSL',
  'AIRPLUS-SSL',
  'UATP-SSL',
])

/**
 * What the page offers, of what was chosen; undefined stands for all that the account has. Where nothing is left for
 * an authorization the gateway has none.
 */
export function methodsOf(chosen: readonly string[] | undefined): Methods {
  if (chosen === undefined) return Object.freeze({ sale: ['ALL'], authorize: SCHEMES })
  return Object.freeze({ sale: chosen, authorize: chosen.filter((code) => DELAYED_CAPTURE.has(code)) })
}
