import type { IncomingMessage, ServerResponse } from 'node:http'
import { CounterfoilError } from '../../errors.ts'
import { readBody } from '../request-body.ts'
import { amountFrom, backOfficeActionFrom } from './control-actions.ts'
import type { Fault, FaultRequest } from './faults.ts'
import {
  addressPart,
  faultsPart,
  htmlPage,
  ledgerPart,
  notificationsPart,
  openPagesPart,
  optionsFrom,
  optionsPart,
  orderPart,
  SETTLEMENT_PATH,
} from './page-parts.ts'
import { pageStyle } from './page-style.ts'
import type { WorldpayShell } from './shell.ts'
import { escapeXml } from './xml.ts'

const FORM_BYTES_MAX = 16_384
/** The newest hosted pages are shown, so many of them. */
const OPEN_PAGES_MAX = 20

export const pageHeaders: Readonly<Record<string, string>> = Object.freeze({
  'content-type': 'text/html; charset=UTF-8',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
})

/** The pages for people under `/worldpay/`: they work without a script. */
export async function servePage(
  shell: WorldpayShell,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  if (request.method === 'POST') {
    const form = new URLSearchParams((await readBody(request, FORM_BYTES_MAX)) ?? '')
    return submit(shell, request, response, path, form)
  }
  if (path === '/') return send(response, 200, overview(shell, request))
  if (path === SETTLEMENT_PATH) return sendReport(shell, request, response)
  if (path === '/style.css')
    return send(response, 200, pageStyle, { 'content-type': 'text/css; charset=UTF-8' })
  const order = path.startsWith('/orders/') ? shell.ledgerOf(codeOf(path)) : undefined
  if (order !== undefined) return send(response, 200, htmlPage(`Order ${order.orderCode}`, orderPart(order)))
  const text =
    '<section><p>Nothing was executed under this code.</p><p><a href="/worldpay/">Back to the ledger</a></p></section>'
  return send(response, 404, htmlPage('Not found', text))
}

/** `?from=` and `?until=` are dates by ISO 8601. */
function sendReport(shell: WorldpayShell, request: IncomingMessage, response: ServerResponse): void {
  const { searchParams } = new URL(request.url ?? '/', 'http://simulator.invalid')
  const timeOf = (name: string): number | undefined => {
    const text = searchParams.get(name)
    return text === null ? undefined : Date.parse(text)
  }
  const [fromMs, untilMs] = [timeOf('from'), timeOf('until')]
  const plain = { 'content-type': 'text/plain; charset=UTF-8' }
  if (Number.isNaN(fromMs) || Number.isNaN(untilMs)) {
    return send(response, 400, 'from and until are dates by ISO 8601, such as 2026-01-31.\n', plain)
  }
  const report = shell.settlementReport({
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
  })
  if (report === undefined) {
    return send(response, 400, 'The report is too long: ask for a shorter period.\n', plain)
  }
  send(response, 200, report, {
    'content-type': 'text/csv; charset=UTF-8',
    'content-disposition': 'attachment; filename="settlement.csv"',
  })
}

function overview(shell: WorldpayShell, request: IncomingMessage, error?: string): string {
  const host = request.headers.host ?? '127.0.0.1'
  const alert =
    error === undefined ? '' : `<p class="error" role="alert">${escapeXml(error.slice(0, 500))}</p>`
  return htmlPage(
    'Worldpay simulator',
    `${alert}${addressPart(shell.state.options, `http://${host}/worldpay`)}${ledgerPart(shell.ledger())}${openPagesPart(shell.openPages(OPEN_PAGES_MAX))}${notificationsPart(shell.state.options, shell.postman.queue())}<div class="pair"><div>${faultsPart(shell.state.faults)}</div><div>${optionsPart(shell.state)}</div></div>`,
  )
}

function submit(
  shell: WorldpayShell,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  form: URLSearchParams,
): void {
  try {
    switch (path) {
      case '/faults': {
        const fault = shell.addFault(faultFrom(form))
        if (fault.kind === 'refuse') return send(response, 200, awayPage(fault))
        break
      }
      case '/faults/clear':
        shell.clearFaults()
        break
      case '/options':
        shell.setOptions(optionsFrom(form))
        break
      case '/notifications/deliver-again': {
        const orderCode = form.get('orderCode')?.trim()
        shell.postman.deliverAgain(orderCode === '' ? undefined : orderCode, Number(form.get('times') ?? 1))
        break
      }
      case '/back-office':
        return backOffice(shell, request, response, form)
      case '/reset':
        shell.reset()
        break
      default:
        return send(response, 404, htmlPage('Not found', '<p>This form does not exist.</p>'))
    }
  } catch (error) {
    if (!(error instanceof CounterfoilError)) throw error
    return send(response, 400, overview(shell, request, error.message))
  }
  goTo(response, '/worldpay/')
}

function backOffice(
  shell: WorldpayShell,
  request: IncomingMessage,
  response: ServerResponse,
  form: URLSearchParams,
): void {
  const orderCode = form.get('orderCode') ?? ''
  const action = backOfficeActionFrom(form.get('action'))
  const result = shell.backOffice(orderCode, action, amountFrom(form.get('amountMinor')?.trim()))
  if (!result.ok) return send(response, 409, overview(shell, request, `${orderCode}: ${result.why}`))
  const back =
    form.get('from') === 'order' ? `/worldpay/orders/${encodeURIComponent(orderCode)}` : '/worldpay/'
  goTo(response, back)
}

function goTo(response: ServerResponse, location: string): void {
  response.writeHead(303, { ...pageHeaders, location, 'content-length': 0 })
  response.end()
}

/** The fault form as a request: empty fields are left out, and numbers are numbers. */
function faultFrom(form: URLSearchParams): FaultRequest {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of form) {
    const text = value.trim()
    if (text === '') continue
    const isWord = name === 'kind' || name === 'on' || name === 'when' || text === 'always'
    fields[name] = isWord ? text : Number(text)
  }
  return fields as unknown as FaultRequest
}

function awayPage(fault: Fault): string {
  const seconds = Math.ceil((fault.durationMs ?? 2_000) / 1_000) + 1
  return htmlPage(
    'Connections are refused',
    `<section><p>Nobody listens here for ${seconds - 1} s. This page comes back by itself.</p></section>`,
    `<meta http-equiv="refresh" content="${seconds}; url=/worldpay/">`,
  )
}

function codeOf(path: string): string {
  const text = path.slice('/orders/'.length)
  try {
    return decodeURIComponent(text)
  } catch {
    // Malformed escapes name no order.
    return ''
  }
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { ...pageHeaders, 'content-length': Buffer.byteLength(text), ...headers })
  response.end(text)
}
