import { worldpayModel } from './elements.ts'
import { violationIn } from './content-model.ts'
import { type Fault, type FaultKind, type Operation, strike, strikesBefore } from './faults.ts'
import { inquire } from './inquiries.ts'
import { modifyOrder } from './modifications.ts'
import { type Reply, submitOrder } from './orders.ts'
import { errorElement, replyDocument } from './replies.ts'
import { scaledMs, type WorldpayState } from './state.ts'
import { distorted } from './wrong-answers.ts'
import { parseXml, type XmlElement } from './xml.ts'

export interface SimulatedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface SimulatedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How whoever carries the response must deliver it. */
export type Delivery =
  /** The whole response, `delayMs` from now. */
  | { readonly kind: 'answer'; readonly delayMs: number }
  /** The first `atByte` bytes of the HTTP answer, head included, and the connection is gone. */
  | { readonly kind: 'cut'; readonly atByte: number }
  /** Nothing, and the connection stays open. */
  | { readonly kind: 'hang' }
  /** Nothing: the connection was never accepted. */
  | { readonly kind: 'refuse' }
  /** Nothing yet: call `handle` again `delayMs` from now, with `faults: false`. */
  | { readonly kind: 'later'; readonly delayMs: number }

export interface Handled {
  readonly response: SimulatedResponse
  readonly delivery: Delivery
  readonly operation: Operation | undefined
  /** The fault that struck, if one did. */
  readonly fault: FaultKind | undefined
  /** The order code whose record has changed, for whoever saves it. */
  readonly changed: string | undefined
  /** Deliver the notifications that are due before this response leaves. */
  readonly notifyFirst: boolean
}

/** The real path, as it ends; what stands before it is the mount's. */
export const PAYMENT_SERVICE_PATH = '/jsp/merchant/xml/paymentService.jsp'

const DELAY_MS_DEFAULT = 30_000
const NOW: Delivery = Object.freeze({ kind: 'answer', delayMs: 0 })
const XML_HEADERS = Object.freeze({ 'content-type': 'text/xml; charset=UTF-8', 'cache-control': 'no-cache' })
const HTML_HEADERS = Object.freeze({ 'content-type': 'text/html; charset=UTF-8' })

/**
 * The simulated PSP answers one HTTP request. Pure: it reads no clock and no randomness, does no I/O, and changes
 * nothing but `state`. `nowMs` may be any clock that does not go back. Of the headers it looks at `authorization` and
 * `cookie`.
 *
 * @example
 * const { response } = handle({ method: 'POST', path: PAYMENT_SERVICE_PATH, headers, body }, state, nowMs)
 */
export function handle(
  request: SimulatedRequest,
  state: WorldpayState,
  nowMs: number,
  { faults = true }: { readonly faults?: boolean } = {},
): Handled {
  if (!request.path.endsWith(PAYMENT_SERVICE_PATH)) return page(404, 'Not Found', 'Nothing is here.')
  if (request.method !== 'POST') {
    return page(405, 'Method Not Allowed', 'Messages are sent by POST.', { allow: 'POST' })
  }
  if (!authorised(request.headers, state)) {
    return page(401, 'Authorization Required', 'This server could not verify that you may use it.', {
      'www-authenticate': 'Basic realm="Worldpay payment service"',
    })
  }
  const parsed = parseXml(request.body)
  const root = 'root' in parsed ? parsed.root : undefined
  const operation = operationOf(root)
  const fault = faults && state.faults.length > 0 ? strike(state, operation) : undefined
  if (fault?.kind === 'process-late') {
    const delivery: Delivery = { kind: 'later', delayMs: fault.delayMs ?? DELAY_MS_DEFAULT }
    return { ...xml(state, ''), delivery, operation, fault: fault.kind }
  }
  const reply: Reply =
    fault !== undefined && strikesBefore(fault)
      ? { content: '' }
      : replyTo(
          state,
          root,
          'problem' in parsed ? parsed.problem : doctypeProblem(state, parsed.doctype),
          cookiesIn(request.headers),
          nowMs,
          fault,
        )
  const handled = fault === undefined ? xml(state, reply.content, reply.headers) : struck(state, reply, fault)
  const { changed, notifyFirst = false } = reply
  return { ...handled, operation, fault: fault?.kind, changed, notifyFirst }
}

function replyTo(
  state: WorldpayState,
  root: XmlElement | undefined,
  problem: string | undefined,
  cookies: string | undefined,
  nowMs: number,
  fault: Fault | undefined,
): Reply {
  if (root === undefined || problem !== undefined)
    return { content: errorElement(2, problem ?? 'No document') }
  if (root.name !== 'paymentService') {
    return { content: errorElement(2, 'Document root element must be "paymentService".') }
  }
  const violation = violationIn(root, worldpayModel)
  if (violation !== undefined) return { content: errorElement(2, violation) }
  if (root.attributes['merchantCode'] !== state.options.merchantCode) {
    return { content: errorElement(4, 'Security violation') }
  }
  const message = root.children[0]
  const subject = message?.children[0]
  if (message === undefined || subject === undefined) {
    return { content: errorElement(5, `A merchant may send submit, modify or inquiry`) }
  }
  switch (message.name) {
    case 'submit':
      return subject.name === 'order' ? submitOrder(state, subject, cookies, nowMs) : notSimulated(subject)
    case 'modify':
      return subject.name === 'orderModification'
        ? modifyOrder(state, subject, nowMs, fault?.kind === 'fails-later')
        : notSimulated(subject)
    case 'inquiry':
      return inquire(state, subject, nowMs - lagMs(state, fault))
    default:
      return {
        content: errorElement(5, `A merchant may send submit, modify or inquiry, not ${message.name}`),
      }
  }
}

function notSimulated(element: XmlElement): Reply {
  return { content: errorElement(5, `${element.name} is not simulated`) }
}

function lagMs(state: WorldpayState, fault: Fault | undefined): number {
  if (fault?.kind !== 'lagging-inquiry') return 0
  return scaledMs(state, fault.lagMs ?? state.options.inquiryLagMs)
}

/** The answer after a fault has struck: what it says, and how it is delivered. */
function struck(state: WorldpayState, reply: Reply, fault: Fault): Handled {
  const intact = xml(state, distorted(reply.content, fault.kind), reply.headers)
  switch (fault.kind) {
    case 'refuse':
      return { ...intact, delivery: { kind: 'refuse' } }
    case 'late':
      return { ...intact, delivery: { kind: 'answer', delayMs: fault.delayMs ?? DELAY_MS_DEFAULT } }
    case 'hang':
      return { ...intact, delivery: { kind: 'hang' } }
    case 'cut':
      return { ...intact, delivery: { kind: 'cut', atByte: strikesBefore(fault) ? 0 : (fault.atByte ?? 0) } }
    case 'http-error':
      return page(fault.status ?? 503, 'Service Unavailable', 'The server cannot answer at this time.')
    case 'html':
      return page(200, 'Maintenance', 'We are working on our systems. Please come back later.')
    case 'truncated': {
      const { body } = intact.response
      const end = fault.atByte ?? Math.floor(body.length / 2)
      return { ...intact, response: { ...intact.response, body: cutToBytes(body, end) } }
    }
    case 'duplicate-text':
      return xml(state, errorElement(5, 'Duplicate Order'))
    case 'unavailable':
      return xml(state, errorElement(8, 'Service is not available at this time, please try again later'))
    default:
      return intact
  }
}

function cutToBytes(body: string, byteCount: number): string {
  return Buffer.from(body).subarray(0, byteCount).toString('utf8')
}

function xml(state: WorldpayState, content: string, headers?: Readonly<Record<string, string>>): Handled {
  const body = replyDocument(state.options.merchantCode, content)
  return plain({
    status: 200,
    headers: headers === undefined ? XML_HEADERS : { ...XML_HEADERS, ...headers },
    body,
  })
}

function page(status: number, title: string, text: string, headers: Record<string, string> = {}): Handled {
  const body = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head><title>${status} ${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`
  return plain({ status, headers: { ...HTML_HEADERS, ...headers }, body })
}

function plain(response: SimulatedResponse): Handled {
  return {
    response,
    delivery: NOW,
    operation: undefined,
    fault: undefined,
    changed: undefined,
    notifyFirst: false,
  }
}

function cookiesIn(headers: Readonly<Record<string, string>>): string | undefined {
  return headers['cookie'] ?? headers['Cookie']
}

/** New style: the XML username. Old style: the merchant code. Both with the XML password. */
function authorised(headers: Readonly<Record<string, string>>, { options }: WorldpayState): boolean {
  const header = headers['authorization'] ?? headers['Authorization'] ?? ''
  if (!/^basic /i.test(header)) return false
  const given = Buffer.from(header.slice(6).trim(), 'base64').toString('utf8')
  return (
    given === `${options.username}:${options.password}` ||
    given === `${options.merchantCode}:${options.password}`
  )
}

/** Only the gateway's own DOCTYPE, under its present or its older name, without an internal subset. */
function doctypeProblem(state: WorldpayState, doctype: string | undefined): string | undefined {
  if (doctype === undefined) {
    return state.options.requireDoctype ? 'Document is invalid: no grammar found.' : undefined
  }
  const own =
    /^paymentService\s+PUBLIC\s+"-\/\/(WorldPay|Bibit)\/\/DTD [^"]*"\s+"https?:\/\/dtd\.(worldpay|bibit)\.com\/[^"]*"$/i
  return own.test(doctype) ? undefined : 'The DOCTYPE must be that of paymentService_v1.dtd.'
}

const MODIFICATIONS: Readonly<Record<string, Operation>> = {
  capture: 'capture',
  cancel: 'cancel',
  cancelOrRefund: 'cancel',
  refund: 'refund',
}

/** What the message asks for, by its look alone: faults strike malformed messages too. */
function operationOf(root: XmlElement | undefined): Operation | undefined {
  const message = root?.children[0]
  switch (message?.name) {
    case 'submit':
      return 'charge'
    case 'inquiry':
      return 'inquiry'
    case 'modify':
      return MODIFICATIONS[message.children[0]?.children[0]?.name ?? '']
    default:
      return undefined
  }
}
