import type { Capabilities, Exchange, Gateway, OperationHandler } from '../../gateway/gateway.ts'
import { toWire } from './amounts.ts'
import { worldpayConfig } from './config.ts'
import type { WorldpayConfig, WorldpayOptions } from './config.ts'
import {
  cancelMessage,
  captureMessage,
  inquiryMessage,
  orderMessage,
  refundMessage,
  reversalMessage,
} from './messages.ts'
import { chargeOutcome, inquiryFound, modificationOutcome } from './replies.ts'
import { scrub } from './scrub.ts'

/** What a Worldpay account is used by. */
export interface Worldpay {
  /** Cards taken on the shop's own page: XML request, XML response. */
  readonly direct: Gateway
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/** Worldpay suggests 20 s for authorizations; the rest is for the way there and back. Never scaled. */
const MONEY_TIMEOUT_MS = 25 * SECOND_MS
const INQUIRY_TIMEOUT_MS = 10 * SECOND_MS
const ANSWER_BYTES_MAX = 256 * 1024

/**
 * Worldpay's Corporate Gateway, XML direct. It does no I/O: the engine's transport sends what it builds.
 *
 * @throws CF_CONFIG for a wrong option.
 * @example
 * const wp = worldpay({
 *   environment: 'test',
 *   merchantCode: 'SHOPECOM',
 *   password: secret(process.env.WORLDPAY_PASSWORD),
 * })
 * internalModule('card', { gateway: wp.direct })
 */
export function worldpay(options: WorldpayOptions): Worldpay {
  return Object.freeze({ direct: directGateway(worldpayConfig(options)) })
}

function directGateway(config: WorldpayConfig): Gateway {
  const headers = Object.freeze({
    authorization: `Basic ${Buffer.from(`${config.username}:${config.password.reveal()}`).toString('base64')}`,
    'content-type': 'text/xml; charset=utf-8',
  })
  const exchange = (body: string, movesMoney: boolean): Exchange => ({
    movesMoney,
    method: 'POST',
    url: config.url,
    headers,
    body,
    timeoutMs: movesMoney ? MONEY_TIMEOUT_MS : INQUIRY_TIMEOUT_MS,
    answerBytesMax: ANSWER_BYTES_MAX,
  })
  const charge = (captureDelay: '0' | 'OFF'): OperationHandler => ({
    build: (operation, { card }) => exchange(orderMessage(operation, card, captureDelay, config), true),
    read: (answer, operation) => chargeOutcome(answer, operation, config),
  })
  const modification = (message: typeof captureMessage): OperationHandler => ({
    build: (operation) => exchange(message(operation, config), true),
    read: (answer, operation) => modificationOutcome(answer, operation, config),
  })
  return Object.freeze({
    name: 'worldpay',
    account: config.merchantCode,
    capabilities: capabilitiesOf(config.scale),
    operations: Object.freeze({
      sale: charge('0'),
      authorize: charge('OFF'),
      capture: modification(captureMessage),
      refund: modification(refundMessage),
      void: modification(cancelMessage),
      reversal: modification(reversalMessage),
    }),
    inquire: {
      build: (operation) => exchange(inquiryMessage(operation, config), false),
      read: (answer, operation) => inquiryFound(answer, operation, config),
    },
    unrepresentable: (amountMinor, currency) => {
      const wire = toWire(amountMinor, currency)
      return typeof wire === 'string' ? wire : undefined
    },
    scrub: (text) => scrub(text, config),
  } satisfies Gateway)
}

/** psp-protocols 1.3 to 1.5 and 9. `scale` is 1 at Worldpay itself. */
function capabilitiesOf(scale: number): Capabilities {
  return Object.freeze({
    dedupByReference: true,
    inquiryByReference: true,
    inquiryLagMs: 5 * MINUTE_MS * scale,
    reversalByReference: true,
    maxProcessingMs: 2 * MINUTE_MS * scale,
    maxDeliveryMs: 16 * MINUTE_MS * scale,
    delayedCapture: true,
    echoes: ['reference', 'amountMinor', 'currency', 'exponent'],
  } satisfies Capabilities)
}
