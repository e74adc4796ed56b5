import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PaymentView } from '../engine/api.ts'
import { CounterfoilError, type ErrorCode } from '../errors.ts'
import { isApiCall, sendProblem } from './api/problems.ts'
import { ownPayment } from './checkout/own-payment.ts'
import { unseenPage } from './checkout/wait-page.ts'
import { moneyWords, type Place, titleAt, type Words, wordsFor, wordsForStatus } from './error-words.ts'
import { html, type Raw } from './html.ts'
import { type Page, sendPage, sign } from './layout.ts'
import { logUnexpected } from './log.ts'
import { isNotification, sendErrorText } from './notifications.ts'
import type { Site } from './site.ts'
import type { Voice } from './texts/voice.ts'

const RETRY_AFTER_SECONDS = 5
/** The same for every limit of tries: when exactly there is room again would tell which one it was. */
const AFTER_TRIES_SECONDS = 3_600

/** A request, or what it asked of the engine, did not come to its end in time. */
export class TookTooLong extends Error {
  constructor(answerWithinMs: number) {
    super(`there was no answer within ${answerWithinMs} ms`)
    this.name = 'TookTooLong'
  }
}

/** The one place where an error becomes a page. What is not the payer's doing is logged; details stay with us. */
export async function sendErrorPage(
  site: Site,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const status = statusOf(error, request)
  if (isApiCall(site.settings, request)) {
    if (!request.raw.complete) reply.header('connection', 'close')
    return sendProblem(site.settings, error, status, request, reply)
  }
  if (status >= 500)
    logUnexpected(site.settings, error, `${request.method} ${request.routeOptions.url ?? '/'}`)
  // Whoever sends half a body keeps the connection only as long as the answer takes.
  if (!request.raw.complete) reply.header('connection', 'close')
  if (isNotification(request)) return sendErrorText(site.settings, error, status, reply)
  const words = wordsOf(error, status)
  const voice = site.voices.of(request)
  const refusal = refusalIn(error)
  if (status === 404) {
    return sendPage(reply, site.settings, voice, page(site, voice, words, { status, place: 'elsewhere' }))
  }
  const place = placeOf(request)
  if (words.again === true && isPaymentPage(request)) {
    const waits = { status, retryAfterSeconds: RETRY_AFTER_SECONDS, refreshSeconds: RETRY_AFTER_SECONDS }
    return sendPage(reply, site.settings, voice, { ...unseenPage(voice), ...waits })
  }
  const link = paramIn(request, 'link')
  const orderId = site.links.orderIdOf(link)
  const own =
    error instanceof CounterfoilError && error.code === 'CF_ORDER_HELD' && orderId !== undefined
      ? await holder(site, error, orderId, request)
      : undefined
  const taken =
    place === 'paying' && words.notCharged && orderId !== undefined
      ? await isTaken(site, error, orderId)
      : false
  return sendPage(
    reply,
    site.settings,
    voice,
    page(site, voice, words, {
      status,
      place,
      link,
      orderId,
      module: paramIn(request, 'module'),
      own,
      taken,
      refusal,
    }),
  )
}

function wordsOf(error: unknown, status: number): Words {
  return error instanceof CounterfoilError ? wordsFor[error.code] : wordsForStatus(status)
}

/** The reason of a payer lock is made for the payer; every other message is for developers and operators. */
function refusalIn(error: unknown): string | undefined {
  return error instanceof CounterfoilError ? error.details['refusal'] : undefined
}

function statusOf(error: unknown, request: FastifyRequest): number {
  if (error instanceof CounterfoilError) return error.status
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  if (error instanceof TookTooLong) return request.raw.complete ? 504 : 408
  const fromFastify = typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number'
  return fromFastify && statusCode >= 400 ? statusCode : 500
}

function placeOf(request: FastifyRequest): Place {
  const route = request.routeOptions.url ?? ''
  if (route.startsWith('/payments/')) return 'payment'
  if (!route.startsWith('/orders/')) return 'elsewhere'
  return request.method === 'POST' ? 'paying' : 'order'
}

/** Where the payer waits for the payment's end. */
function isPaymentPage({ method, routeOptions }: FastifyRequest): boolean {
  return method === 'GET' && routeOptions.url === '/payments/:link'
}

function paramIn(request: FastifyRequest, name: string): string {
  const value = (request.params as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value : ''
}

/** The payment that is in the way, when this browser started it (F12: the loser gets the winner's page). */
async function holder(
  site: Site,
  error: CounterfoilError,
  orderId: string,
  request: FastifyRequest,
): Promise<PaymentView | undefined> {
  try {
    const paymentId = error.details['paymentId'] ?? (await site.cf.order(orderId)).paymentId
    return await ownPayment(site, site.sessions.read(request), orderId, paymentId)
  } catch (lookup) {
    // The page is right without the link; why there is none is for the operator.
    logUnexpected(site.settings, lookup, 'looking for the payment that holds an order')
    return undefined
  }
}

/** What the engine says of a try, it has said after looking for the payment of its key. */
const OF_ANOTHER: ReadonlySet<ErrorCode> = new Set(['CF_ORDER_HELD', 'CF_ORDER_PAID', 'CF_ORDER_CLOSED'])

/**
 * A form that is sent again may have paid the first time: then "not charged" must not be said (promise 2). Undefined
 * when that cannot be looked up.
 */
async function isTaken(site: Site, error: unknown, orderId: string): Promise<boolean | undefined> {
  if (error instanceof CounterfoilError && OF_ANOTHER.has(error.code)) return false
  try {
    const { state } = await site.cf.order(orderId)
    return state === 'held' || state === 'claimed'
  } catch (lookup) {
    logUnexpected(site.settings, lookup, 'looking whether an order is being paid')
    return undefined
  }
}

interface Circumstances {
  readonly status: number
  readonly place: Place
  /** The order's or the payment's, as the address has it. */
  readonly link?: string
  readonly orderId?: string | undefined
  readonly module?: string
  readonly own?: PaymentView | undefined
  /** The order is held or claimed by a payment, which may be the one that was asked for; undefined: nobody knows. */
  readonly taken?: boolean | undefined
  /** A reason in words for the payer, in the place of ours. */
  readonly refusal?: string | undefined
}

function page(site: Site, voice: Voice, words: Words, circumstances: Circumstances): Page {
  const { status, place, orderId, taken, refusal } = circumstances
  const money = taken === true ? 'error.taken' : moneyWords(words, place)
  // What a form has done that was sent before cannot be looked up: only this try is known to have done nothing.
  const isUnknown = place === 'paying' && words.notCharged && taken === undefined
  const title = voice.text(titleAt(words, place))
  return {
    status,
    title,
    leadsToShop: orderId === undefined,
    ...(words.again === true && { retryAfterSeconds: RETRY_AFTER_SECONDS }),
    ...(words.name === 'too-many-tries' && { retryAfterSeconds: AFTER_TRIES_SECONDS }),
    // Who waits for a payment goes on waiting.
    ...(words.again === true && place === 'payment' && { refreshSeconds: RETRY_AFTER_SECONDS }),
    main: html`<div class="ending">${sign(status >= 500 && words.again !== true ? 'bad' : 'note')}<h1>${title}</h1>
${money !== undefined && html`<p class="strong">${voice.text(money)}</p>`}
${isUnknown && html`<p class="strong">${voice.text('error.tried-before')}</p>`}
<p>${refusal ?? voice.text(`error.${words.name}.text`)}</p>
${waysOn(site, voice, words, circumstances)}</div>`,
  }
}

function waysOn({ links, settings }: Site, voice: Voice, words: Words, at: Circumstances): Raw {
  const { status, place, link = '', orderId, module = '', own, taken = false } = at
  const mayTryAgain = status !== 409 && status !== 429 && words.notCharged
  const formAgain = !taken && place === 'paying' && mayTryAgain && module !== ''
  const task = own?.payerTask === undefined ? 'go.see-going' : 'error.continue-own'
  return html`${own !== undefined && html`<a class="button" href="${own.statusUrl}">${voice.text(task)}</a>`}
${place === 'payment' && html`<a class="button plain" href="${links.paymentPath(link)}">${voice.text('go.see-payment')}</a>`}
${formAgain && orderId !== undefined && html`<a class="button" href="${links.formPath(orderId, module)}">${voice.text(words.again === true ? 'error.again' : 'error.form-again')}</a>`}
${orderId !== undefined && html`<a class="button plain" href="${links.orderPath(orderId)}">${voice.text(place === 'order' ? 'error.again' : 'go.order')}</a>`}
${orderId === undefined && settings.shopUrl !== undefined && html`<a class="button plain" href="${settings.shopUrl}">${voice.text('frame.to-shop')}</a>`}`
}
