import { inWords } from './amounts.ts'
import type { HostedOrder } from './hosted.ts'
import { payerPage } from './hosted-page-sheet.ts'
import { escapeXml } from './xml.ts'

/** So many years are offered for a card, this one included. */
const EXPIRY_YEARS = 15

/** What the payer sees beside the order. */
export interface HostedFormWords {
  /** Where the form is posted to: the page's own address, with the merchant's parameters. */
  readonly action: string
  /** Why the last try did not end in a payment. */
  readonly alert: string | undefined
  /** The merchant's page for payers whose card was refused; offered with the alert. */
  readonly backToShop: string | undefined
  /** Put back into the form. Card number and security code never are. */
  readonly cardHolderName: string
  /** The `preferredPaymentMethod` of the merchant. */
  readonly preferred: string | undefined
  readonly nowMs: number
}

/** The page on which the payer pays: cards first, then what else the merchant's mask lets through. */
export function hostedForm(order: HostedOrder, words: HostedFormWords): string {
  const amount = inWords(order.amountMinor, order.currency, order.exponent)
  const others = order.methods.filter((method) => method !== 'CARD')
  const hasCard = order.methods.includes('CARD')
  const open = others.find((method) => method === words.preferred) ?? (hasCard ? 'CARD' : others[0])
  return payerPage(
    'Secure payment page',
    `<section class="order"><p class="soft">${escapeXml(order.description)}</p><h1>${amount}</h1><p class="soft">Order <code>${escapeXml(order.orderCode)}</code></p></section>
${alertPart(words)}${hasCard ? cardPart(amount, words, open === 'CARD') : ''}${others.map((method) => methodPart(method, words, method === open)).join('')}
<form method="post" action="${escapeXml(words.action)}"><button class="plain" name="action" value="cancel">Cancel and go back to the shop</button></form>`,
  )
}

function alertPart({ alert, backToShop }: HostedFormWords): string {
  if (alert === undefined) return ''
  const link =
    backToShop === undefined
      ? ''
      : ` or <a href="${escapeXml(backToShop)}">go back to the shop</a> without paying`
  return `<section role="alert" class="alert"><p class="error">${escapeXml(alert)}</p><p>Try another card${link}.</p></section>`
}

function cardPart(amount: string, words: HostedFormWords, open: boolean): string {
  const thisYear = new Date(words.nowMs).getUTCFullYear()
  const months = Array.from({ length: 12 }, (_, index) => String(index + 1).padStart(2, '0'))
  const years = Array.from({ length: EXPIRY_YEARS }, (_, index) => String(thisYear + index))
  return `<details name="method"${open ? ' open' : ''}><summary>Card</summary><form method="post" action="${escapeXml(words.action)}">
<input type="hidden" name="method" value="CARD">
<label>Card number <input name="cardNumber" inputmode="numeric" autocomplete="cc-number" maxlength="24" required></label>
<label>Name on card <input name="cardHolderName" autocomplete="cc-name" maxlength="60" required value="${escapeXml(words.cardHolderName)}"></label>
<fieldset><legend>Expiry date</legend><select name="expiryMonth" aria-label="Month" autocomplete="cc-exp-month" required>${options(months, 'MM')}</select><select name="expiryYear" aria-label="Year" autocomplete="cc-exp-year" required>${options(years, 'YYYY')}</select></fieldset>
<label>Security code <input name="cvc" inputmode="numeric" autocomplete="cc-csc" maxlength="4" required></label>
<button name="action" value="pay">Pay ${amount}</button></form></details>`
}

function options(values: readonly string[], first: string): string {
  return `<option value="">${first}</option>${values.map((value) => `<option>${value}</option>`).join('')}`
}

/** In the place of another provider's own page: the payer says here how it ended there. */
function methodPart(method: string, words: HostedFormWords, open: boolean): string {
  const name = escapeXml(method)
  return `<details name="method"${open ? ' open' : ''}><summary>${name}</summary><form method="post" action="${escapeXml(words.action)}">
<input type="hidden" name="action" value="pay"><input type="hidden" name="method" value="${name}">
<p class="soft">Here the payer would go to the pages of this method. Say how it ends:</p>
<button name="result" value="paid">Paid</button><button class="plain" name="result" value="pending">Under way, paid later</button><button class="plain" name="result" value="pending-failed">Under way, fails later</button><button class="plain" name="result" value="failed">Failed</button></form></details>`
}
