import { inWords } from './amounts.ts'
import { type Fault, faultKinds } from './faults.ts'
import type { Ledger, LedgerOrder } from './ledger.ts'
import type { WorldpayOptions, WorldpayState } from './state.ts'
import { escapeXml } from './xml.ts'

/** The newest orders are shown, so many of them. */
export const ORDERS_SHOWN_MAX = 100

/** A whole page. `head` is for a refresh; everything in `content` is escaped already. */
export function htmlPage(title: string, content: string, head = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title><link rel="stylesheet" href="/worldpay/style.css">${head}</head>
<body><header><h1>${escapeXml(title)}</h1></header><main>${content}</main></body></html>
`
}

export function addressPart(options: WorldpayOptions, paymentServiceUrl: string): string {
  return `<section><h2>Where to send</h2><dl>
<dt>Address</dt><dd><code>${escapeXml(paymentServiceUrl)}</code></dd>
<dt>Merchant code</dt><dd><code>${escapeXml(options.merchantCode)}</code></dd>
<dt>XML username</dt><dd><code>${escapeXml(options.username)}</code></dd>
<dt>Card</dt><dd><code>4444333322221111</code>, any month to come, <code>555</code></dd>
<dt>Card holder</dt><dd>any name is authorised; <code>REFUSED</code>, <code>REFUSED51</code>, <code>REFERRED</code>, <code>FRAUD</code>, <code>ERROR</code>, <code>ACQERROR</code></dd>
</dl></section>`
}

export function ledgerPart({ orders, totals }: Ledger): string {
  const shown = orders.slice(-ORDERS_SHOWN_MAX).reverse()
  const sums = Object.entries(totals.byCurrency).map(([currency, sum]) => {
    const order = orders.find((each) => each.currency === currency)
    const exponent = order?.exponent ?? 2
    return `${inWords(sum.liveMinor, currency, exponent)} live, ${inWords(sum.capturedMinor, currency, exponent)} captured, ${inWords(sum.refundedMinor, currency, exponent)} refunded`
  })
  const head = `<p class="soft">${totals.orders} orders, ${totals.executions} executions, ${totals.liveExecutions} of them live. ${sums.map((sum) => escapeXml(sum)).join('; ')}</p>`
  if (shown.length === 0) {
    return `<section><h2>Ledger</h2><p class="soft">Nothing was executed yet. Send an order to the address above.</p></section>`
  }
  const more = orders.length > shown.length ? `<p class="soft">The newest ${shown.length} are shown.</p>` : ''
  return `<section><h2>Ledger</h2>${head}${more}<div class="scroll"><table><thead><tr><th>Order code</th><th>Card</th><th>Last event</th><th class="number">Authorised</th><th class="number">Captured</th><th class="number">Refunded</th><th class="number">Live</th><th class="number">Executed</th></tr></thead><tbody>${shown.map((order) => orderRow(order)).join('')}</tbody></table></div></section>`
}

function orderRow(order: LedgerOrder): string {
  const cell = (amountMinor: bigint): string =>
    `<td class="number">${inWords(amountMinor, order.currency, order.exponent)}</td>`
  const link = `/worldpay/orders/${encodeURIComponent(order.orderCode)}`
  const twice = order.liveExecutions > 1 ? ' class="alert"' : ''
  return `<tr${twice}><td><a href="${escapeXml(link)}"><code>${escapeXml(order.orderCode)}</code></a></td><td>${order.maskedCard}</td><td>${order.lastEvent}</td>${cell(order.authorisedMinor)}${cell(order.capturedMinor)}${cell(order.refundedMinor)}${cell(order.liveMinor)}<td class="number">${order.executions}</td></tr>`
}

export function orderPart(order: LedgerOrder): string {
  const rows = order.entries.map(
    (entry) =>
      `<tr><td>${new Date(entry.atMs).toISOString()}</td><td>${entry.execution}</td><td>${entry.kind}</td><td class="number">${inWords(entry.amountMinor, entry.currency, order.exponent)}</td><td>${escapeXml(entry.reference ?? '')}</td></tr>`,
  )
  const words = (amountMinor: bigint): string => inWords(amountMinor, order.currency, order.exponent)
  return `<section><dl><dt>Merchant code</dt><dd>${escapeXml(order.merchantCode)}</dd><dt>Card</dt><dd>${order.maskedCard}</dd><dt>Last event</dt><dd>${order.lastEvent}</dd><dt>Live</dt><dd>${words(order.liveMinor)}</dd><dt>Executions</dt><dd>${order.executions}</dd><dt>Waiting for their time</dt><dd>${order.pending}</dd></dl></section>
<section><h2>What really happened</h2><div class="scroll"><table><thead><tr><th>When</th><th>Execution</th><th>What</th><th class="number">Amount</th><th>Reference</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section><p><a href="/worldpay/">Back to the ledger</a></p>`
}

export function faultsPart(faults: readonly Fault[]): string {
  const list =
    faults.length === 0
      ? '<p class="soft">No faults are set: everything is answered as it should be.</p>'
      : `<div class="scroll"><table><thead><tr><th>Fault</th><th>On</th><th>Times</th><th class="number">Struck</th></tr></thead><tbody>${faults.map((fault) => `<tr><td>${fault.kind}</td><td>${fault.on}</td><td>${fault.times}</td><td class="number">${fault.struck}</td></tr>`).join('')}</tbody></table></div><form method="post" action="/worldpay/faults/clear"><button class="plain">Clear all faults</button></form>`
  const kinds = Object.entries(faultKinds).map(
    ([kind, text]) => `<option value="${kind}" title="${escapeXml(text)}">${kind}</option>`,
  )
  const operations = ['any', 'charge', 'capture', 'cancel', 'refund', 'inquiry']
  return `<section><h2>Faults</h2>${list}</section><section><h2>Set a fault</h2><form method="post" action="/worldpay/faults">
<label>Fault <select name="kind">${kinds.join('')}</select></label>
<label>Strikes <select name="on">${operations.map((each) => `<option>${each}</option>`).join('')}</select></label>
<label>Times <input name="times" placeholder="1, 2, ... or always"></label>
<label>When <select name="when"><option value="">as usual for it</option><option value="before">before executing</option><option value="after">after executing</option></select></label>
<label>Delay, ms <input name="delayMs" inputmode="numeric" placeholder="late, process-late: 30000"></label>
<label>At byte <input name="atByte" inputmode="numeric" placeholder="cut, truncated"></label>
<label>HTTP status <input name="status" inputmode="numeric" placeholder="http-error: 503"></label>
<label>Duration, ms <input name="durationMs" inputmode="numeric" placeholder="refuse: 2000"></label>
<label>Lag, ms <input name="lagMs" inputmode="numeric" placeholder="lagging-inquiry"></label>
<button>Set</button></form></section>`
}

const NUMBER_OPTIONS = [
  ['timeScale', 'Time scale'],
  ['processingMs', 'Capture, ms'],
  ['modifyMs', 'Modification, ms'],
  ['inquiryLagMs', 'Inquiry lag, ms'],
] as const
const TICK_OPTIONS = [
  ['dedup', 'Refuse a second order with the same code'],
  ['synchronousModifications', 'Answer modifications with their effect'],
  ['requireDoctype', 'Refuse messages without DOCTYPE'],
] as const

export function optionsPart({ options }: WorldpayState): string {
  const numbers = NUMBER_OPTIONS.map(
    ([name, label]) =>
      `<label>${label} <input name="${name}" inputmode="decimal" value="${options[name]}" required></label>`,
  )
  const ticks = TICK_OPTIONS.map(
    ([name, label]) =>
      `<label class="tick"><input type="checkbox" name="${name}" value="true"${options[name] ? ' checked' : ''}> ${label}</label>`,
  )
  return `<section><h2>The account</h2><form method="post" action="/worldpay/options">${numbers.join('')}${ticks.join('')}<button>Set</button></form></section><section><h2>Start again</h2><p class="soft">Forgets every order and every fault.</p><form method="post" action="/worldpay/reset"><button class="plain">Reset</button></form></section>`
}

/** The options form as the options' own types; what is no number stays NaN and is refused with its name. */
export function optionsFrom(form: URLSearchParams): Partial<WorldpayOptions> {
  return {
    ...Object.fromEntries(NUMBER_OPTIONS.map(([name]) => [name, Number(form.get(name) ?? Number.NaN)])),
    ...Object.fromEntries(TICK_OPTIONS.map(([name]) => [name, form.get(name) === 'true'])),
  }
}
