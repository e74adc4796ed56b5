import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HostedPayment, HostedResult } from './hosted.ts'
import { hostedForm, type HostedFormWords } from './hosted-page-form.ts'
import { returnAddress, type ReturnTo } from './hosted-page-return.ts'
import { noticePage, payerHeaders, postedForm, sendPayerPage } from './hosted-page-sheet.ts'
import type { WorldpayShell } from './shell.ts'

/** Behind the mount. */
export const HOSTED_PATH = '/hosted'

/** One visit: the page's address names the order, and carries the merchant's addresses for each outcome. */
interface Visit {
  readonly shell: WorldpayShell
  readonly response: ServerResponse
  readonly parameters: URLSearchParams
  readonly ticket: string
}

/**
 * The hosted payment page, `GET` and `POST /worldpay/hosted?Ticket=...&successURL=...`. It needs no script, no cookie and
 * no session.
 */
export async function serveHosted(
  shell: WorldpayShell,
  request: IncomingMessage,
  response: ServerResponse,
  parameters: URLSearchParams,
): Promise<void> {
  const visit: Visit = { shell, response, parameters, ticket: parameters.get('Ticket') ?? '' }
  if (request.method !== 'POST') return show(visit)
  const form = await postedForm(request)
  if (form === undefined) {
    return sendPayerPage(response, 413, noticePage('That was too much', 'The form is too long.'))
  }
  if (form.get('action') === 'cancel') return conclude(visit, shell.cancelHosted(visit.ticket))
  const payment = paymentFrom(form)
  if (payment === undefined) return show(visit, { alert: 'Say how you want to pay', status: 400 })
  return conclude(visit, shell.payHosted(visit.ticket, payment), form.get('cardHolderName') ?? '')
}

/** What came of the last try, on the page that is shown again. */
interface Tried {
  readonly alert: string
  readonly status: number
  readonly cardHolderName?: string | undefined
  readonly result?: HostedResult
}

/** The page as the order stands. */
function show(visit: Visit, tried?: Tried): void {
  const { shell, response, parameters, ticket } = visit
  const order = shell.hostedOrder(ticket)
  if (order === undefined) return notice(visit, 'unknown')
  switch (order.state) {
    case 'paid':
      return notice(visit, 'paid-already')
    case 'expired':
      return notice(visit, 'expired')
    case 'pending':
      return notice(visit, 'pending')
    case 'open': {
      const name = tried?.cardHolderName ?? ''
      const { returnTo = 'failure', query = {} } = tried?.result ?? {}
      const words: HostedFormWords = {
        action: `/worldpay${HOSTED_PATH}?${parameters.toString()}`,
        alert: tried?.alert,
        backToShop: returnAddress(parameters, returnTo, query) ?? returnAddress(parameters, 'failure', query),
        // Digits in the place of the name are a number that was typed into the wrong field.
        cardHolderName: /\d{4}/.test(name) ? '' : name,
        preferred: parameters.get('preferredPaymentMethod') ?? undefined,
        nowMs: shell.nowMs(),
      }
      return sendPayerPage(response, tried?.status ?? 200, hostedForm(order, words))
    }
    default:
      order.state satisfies never
  }
}

/** After Pay or Cancel: back to the shop, or once more. */
function conclude(visit: Visit, result: HostedResult, cardHolderName?: string): void {
  switch (result.kind) {
    case 'refused':
      return show(visit, { alert: 'Your payment was refused', status: 200, cardHolderName, result })
    case 'invalid': {
      const alert = result.text ?? 'These are no card details'
      return show(visit, { alert, status: 400, cardHolderName, result })
    }
    case 'authorised':
    case 'pending':
    case 'cancelled':
      return leave(visit, result)
    case 'paid-already':
      // Pay was pressed twice, perhaps: what the first answer has signed leads back as well.
      return notice(visit, result.returnTo === 'pending' ? 'pending' : 'paid-already', result.query)
    case 'expired':
    case 'unknown':
      return notice(visit, result.kind)
    default:
      result.kind satisfies never
  }
}

/** To the merchant's address for this outcome, which is for the payer's eyes only; without one, the page says it. */
function leave({ response, parameters }: Visit, { returnTo, query }: HostedResult): void {
  const location = returnAddress(parameters, returnTo, query)
  if (location === undefined) return sendPayerPage(response, 200, noticePage(...ENDS[returnTo]))
  response.writeHead(303, { ...payerHeaders(), location, 'content-length': 0 })
  response.end()
}

const ENDS: Readonly<Record<ReturnTo, readonly [string, string]>> = {
  success: ['Thank you', 'Your payment is authorised. You can close this page.'],
  pending: ['Thank you', 'Your payment is under way. The shop will be told how it ends.'],
  failure: ['Not paid', 'Your payment was refused. You can close this page.'],
  cancel: ['Cancelled', 'Nothing was paid. You can close this page.'],
  error: ['Not paid', 'Something went wrong here, and nothing was paid.'],
}

type Closed = 'unknown' | 'expired' | 'paid-already' | 'pending'

const CLOSED: Readonly<Record<Closed, readonly [number, string, string, ReturnTo]>> = {
  unknown: [404, 'This payment is not known', 'The link is not complete, or it is not one of ours.', 'error'],
  expired: [410, 'This page has expired', 'Nothing was paid. Go back to the shop to begin again.', 'failure'],
  'paid-already': [
    409,
    'This order is paid',
    'Nothing more is to be done, and nothing is taken twice.',
    'success',
  ],
  pending: [409, 'This payment is under way', 'The shop will be told how it ends.', 'pending'],
}

function notice({ response, parameters }: Visit, closed: Closed, told: HostedResult['query'] = {}): void {
  const [status, title, text, to] = CLOSED[closed]
  // To a shop that is not known to be the order's own nobody is sent.
  const href = closed === 'unknown' ? undefined : returnAddress(parameters, to, told)
  const link = href === undefined ? undefined : { href, words: 'Back to the shop' }
  sendPayerPage(response, status, noticePage(title, text, link))
}

const RESULTS = ['paid', 'pending', 'pending-failed', 'failed'] as const

/** The form as a payment: whether it is a good one says the gateway. */
function paymentFrom(form: URLSearchParams): HostedPayment | undefined {
  const typed = (name: string): string => form.get(name)?.trim() ?? ''
  const method = typed('method')
  if (method === 'CARD') {
    return {
      method,
      cardNumber: typed('cardNumber').replaceAll(/[ -]/g, ''),
      expiryMonth: typed('expiryMonth'),
      expiryYear: typed('expiryYear'),
      cardHolderName: typed('cardHolderName'),
      cvc: typed('cvc'),
    }
  }
  const result = RESULTS.find((each) => each === typed('result'))
  return method === '' || result === undefined ? undefined : { method, result }
}
