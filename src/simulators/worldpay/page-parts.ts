import { inWords } from './amounts.ts'
import { backOfficeActions } from './back-office.ts'
import { CHALLENGE_PATH } from './challenge-page.ts'
import { PAYMENT_SERVICE_PATH } from './core.ts'
import { DEVICE_DATA_PATH } from './device-data-page.ts'
import { type Fault, faultKinds } from './faults.ts'
import type { HostedOrder } from './hosted.ts'
import type { Ledger, LedgerOrder } from './ledger.ts'
import type { WaitingNotification } from './postman.ts'
import type { WorldpayOptions, WorldpayState } from './state.ts'
import { escapeXml } from './xml.ts'

/** The newest orders are shown, so many of them. */
export const ORDERS_SHOWN_MAX = 100
/** The next notifications are shown, so many of them. */
const NOTIFICATIONS_SHOWN_MAX = 50

/** Where the settlement report is, below `/worldpay`. */
export const SETTLEMENT_PATH = '/settlement.csv'

/** A whole page. `head` is for a refresh; everything in `content` is escaped already. */
export function htmlPage(title: string, content: string, head = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title><link rel="stylesheet" href="/worldpay/style.css">${head}</head>
<body><header><h1>${escapeXml(title)}</h1></header><main>${content}</main></body></html>
`
}

/** `base` is the address of the page, without a slash at its end. */
export function addressPart(options: WorldpayOptions, base: string): string {
  const address = (path: string): string => `<dd><code>${escapeXml(base + path)}</code></dd>`
  return `<section><h2>Where to send</h2><dl>
<dt>Address</dt>${address(PAYMENT_SERVICE_PATH)}
<dt>Device data, by the browser</dt>${address(DEVICE_DATA_PATH)}
<dt>Challenge, by the browser</dt>${address(CHALLENGE_PATH)}
<dt>Merchant code</dt><dd><code>${escapeXml(options.merchantCode)}</code></dd>
<dt>XML username</dt><dd><code>${escapeXml(options.username)}</code></dd>
<dt>Card</dt><dd><code>4444333322221111</code>, any month to come, <code>555</code></dd>
<dt>Card holder</dt><dd>any name is authorised; <code>REFUSED</code>, <code>REFUSED51</code>, <code>REFERRED</code>, <code>FRAUD</code>, <code>ERROR</code>, <code>ACQERROR</code>; with 3-D Secure <code>3DS_V2_CHALLENGE_IDENTIFIED</code>, <code>3DS_V2_FRICTIONLESS_IDENTIFIED</code></dd>
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
  return `<section><h2>Ledger</h2>${head}<p><a href="/worldpay${SETTLEMENT_PATH}">Settlement report of all of it, as CSV</a></p>${more}<div class="scroll"><table><thead><tr><th>Order code</th><th>Card</th><th>Last event</th><th class="number">Authorised</th><th class="number">Captured</th><th class="number">Refunded</th><th class="number">Live</th><th class="number">Executed</th><th>Back office</th></tr></thead><tbody>${shown.map((order) => orderRow(order)).join('')}</tbody></table></div></section>`
}

function orderRow(order: LedgerOrder): string {
  const cell = (amountMinor: bigint): string =>
    `<td class="number">${inWords(amountMinor, order.currency, order.exponent)}</td>`
  const link = `/worldpay/orders/${encodeURIComponent(order.orderCode)}`
  const twice = order.liveExecutions > 1 ? ' class="alert"' : ''
  return `<tr${twice}><td><a href="${escapeXml(link)}"><code>${escapeXml(order.orderCode)}</code></a></td><td>${order.maskedCard}</td><td>${order.lastEvent}</td>${cell(order.authorisedMinor)}${cell(order.capturedMinor)}${cell(order.refundedMinor)}${cell(order.liveMinor)}<td class="number">${order.executions}</td><td>${backOfficeForm(order.orderCode)}</td></tr>`
}

/** What happens to an order without its merchant's asking. */
function backOfficeForm(orderCode: string): string {
  const actions = backOfficeActions.map((action) => `<option>${action}</option>`)
  return `<form class="line" method="post" action="/worldpay/back-office"><input type="hidden" name="orderCode" value="${escapeXml(orderCode)}"><select name="action" aria-label="Action">${actions.join('')}</select><button>Do</button></form>`
}

export function orderPart(order: LedgerOrder): string {
  const rows = order.entries.map(
    (entry) =>
      `<tr><td>${new Date(entry.atMs).toISOString()}</td><td>${entry.execution}</td><td>${entry.kind}</td><td class="number">${inWords(entry.amountMinor, entry.currency, order.exponent)}</td><td>${escapeXml(entry.reference ?? '')}</td></tr>`,
  )
  const words = (amountMinor: bigint): string => inWords(amountMinor, order.currency, order.exponent)
  return `<section><dl><dt>Merchant code</dt><dd>${escapeXml(order.merchantCode)}</dd><dt>Card</dt><dd>${order.maskedCard}</dd><dt>Last event</dt><dd>${order.lastEvent}</dd><dt>Live</dt><dd>${words(order.liveMinor)}</dd><dt>Executions</dt><dd>${order.executions}</dd><dt>Waiting for their time</dt><dd>${order.pending}</dd></dl></section>
<section><h2>What really happened</h2><div class="scroll"><table><thead><tr><th>When</th><th>Execution</th><th>What</th><th class="number">Amount</th><th>Reference</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>
<section><h2>Back office</h2><p class="soft">What happens without the merchant's asking. Without an amount it is all there is.</p><form method="post" action="/worldpay/back-office"><input type="hidden" name="orderCode" value="${escapeXml(order.orderCode)}"><input type="hidden" name="from" value="order"><label>Amount, in minor units <input name="amountMinor" inputmode="numeric"></label><div class="buttons">${backOfficeActions.map((action) => `<button class="plain" name="action" value="${action}">${action}</button>`).join('')}</div></form></section><p><a href="/worldpay/">Back to the ledger</a></p>`
}

/** The hosted pages that nobody has paid yet; nothing when there are none. */
export function openPagesPart(pages: readonly (HostedOrder & { readonly ticket: string })[]): string {
  if (pages.length === 0) return ''
  const rows = pages.map(
    ({ orderCode, ticket, amountMinor, currency, exponent, attempts, expiresMs }) =>
      `<tr><td><a href="/worldpay/hosted?Ticket=${encodeURIComponent(ticket)}"><code>${escapeXml(orderCode)}</code></a></td><td class="number">${inWords(amountMinor, currency, exponent)}</td><td class="number">${attempts}</td><td>${new Date(expiresMs).toISOString()}</td><td><form class="line" method="post" action="/worldpay/back-office"><input type="hidden" name="orderCode" value="${escapeXml(orderCode)}"><button class="plain" name="action" value="expire">Expire</button></form></td></tr>`,
  )
  return `<section><h2>Waiting for their payers</h2><div class="scroll"><table><thead><tr><th>Order code</th><th class="number">Amount</th><th class="number">Tries</th><th>Until</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`
}

/** The notifications that wait for being delivered, and again for being acknowledged. */
export function notificationsPart(options: WorldpayOptions, waiting: readonly WaitingNotification[]): string {
  const url = options.notificationUrl
  const goal =
    url === ''
      ? 'No address is set: none are made.'
      : url === 'kept'
        ? 'They are kept, and not delivered.'
        : `To <code>${escapeXml(url)}</code>. Each is delivered until it is acknowledged.`
  const rows = waiting
    .slice(0, NOTIFICATIONS_SHOWN_MAX)
    .map(
      ({ orderCode, event, tries, dueMs, failure }) =>
        `<tr><td><code>${escapeXml(orderCode)}</code></td><td>${event}</td><td class="number">${tries}</td><td>${new Date(dueMs).toISOString()}</td><td>${escapeXml(failure ?? '')}</td></tr>`,
    )
  const table =
    rows.length === 0
      ? '<p class="soft">None waits.</p>'
      : `<p class="soft">${waiting.length} wait.</p><div class="scroll"><table><thead><tr><th>Order code</th><th>Event</th><th class="number">Tries</th><th>Due</th><th>Last time</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
  return `<section><h2>Notifications</h2><p class="soft">${goal}</p>${table}<form method="post" action="/worldpay/notifications/deliver-again"><label>Order code <input name="orderCode" placeholder="all that were acknowledged"></label><label>Times <input name="times" inputmode="numeric" value="1"></label><button>Deliver again</button></form></section>`
}

export function faultsPart(faults: readonly Fault[]): string {
  const list =
    faults.length === 0
      ? '<p class="soft">No faults are set: everything is answered as it should be.</p>'
      : `<div class="scroll"><table><thead><tr><th>Fault</th><th>On</th><th>Times</th><th class="number">Struck</th></tr></thead><tbody>${faults.map((fault) => `<tr><td>${fault.kind}</td><td>${fault.on}</td><td>${fault.times}</td><td class="number">${fault.struck}</td></tr>`).join('')}</tbody></table></div><form method="post" action="/worldpay/faults/clear"><button class="plain">Clear all faults</button></form>`
  const kinds = Object.entries(faultKinds).map(
    ([kind, text]) => `<option value="${kind}" title="${escapeXml(text)}">${kind}</option>`,
  )
  const operations = ['any', 'charge', 'capture', 'cancel', 'refund', 'inquiry', 'notification', 'report']
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
  ['hostedValidMs', 'Hosted page, ms'],
  ['notifyBatchMs', 'Notification batch, ms'],
  ['notifyRetryMs', 'Notification retry, ms'],
] as const
const TICK_OPTIONS = [
  ['dedup', 'Refuse a second order with the same code'],
  ['synchronousModifications', 'Answer modifications with their effect'],
  ['requireDoctype', 'Refuse messages without DOCTYPE'],
  ['notificationJournal', 'Notifications have a journal'],
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
  return `<section><h2>The account</h2><form method="post" action="/worldpay/options">${numbers.join('')}<label>Notifications to <input name="notificationUrl" value="${escapeXml(options.notificationUrl)}" placeholder="http://..."></label>${ticks.join('')}<button>Set</button></form></section><section><h2>Start again</h2><p class="soft">Forgets every order and every fault.</p><form method="post" action="/worldpay/reset"><button class="plain">Reset</button></form></section>`
}

/**
 * The options form as the options' own types: fields that it does not have stay as they are, a tick that is not set is
 * not sent. What is no number is NaN and is refused with its name.
 */
export function optionsFrom(form: URLSearchParams): Partial<WorldpayOptions> {
  const numbers = NUMBER_OPTIONS.filter(([name]) => form.has(name))
  const notificationUrl = form.get('notificationUrl')?.trim()
  return {
    ...Object.fromEntries(numbers.map(([name]) => [name, Number(form.get(name))])),
    ...(notificationUrl !== undefined && { notificationUrl }),
    ...Object.fromEntries(TICK_OPTIONS.map(([name]) => [name, form.get(name) === 'true'])),
  }
}
