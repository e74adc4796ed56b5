import type { Exchange, Gateway, OperationHandler } from '../../gateway/gateway.ts'
import { toWire } from './amounts.ts'
import type { WorldpayConfig } from './config.ts'
import { inquiryFound } from './found.ts'
import { cancelMessage, captureMessage, inquiryMessage, refundMessage, reversalMessage } from './messages.ts'
import { modificationOutcome } from './modification-replies.ts'
import { notificationHandler } from './notifications.ts'
import { scrubber } from './scrub.ts'

/** What the gateways of one Worldpay account share: where and how messages go, and all that comes after a charge. */
export interface Account {
  /** A request of the payment service. */
  exchange(body: string, movesMoney: boolean, headers?: Readonly<Record<string, string>>): Exchange
  readonly modifications: Pick<Gateway['operations'], 'capture' | 'refund' | 'void' | 'reversal'>
  readonly shared: Pick<
    Gateway,
    'account' | 'inquire' | 'notification' | 'settlement' | 'unrepresentable' | 'scrub'
  >
}

const SECOND_MS = 1_000
const DAY_MS = 86_400_000

/** Worldpay suggests 20 s for authorizations; the rest is for the way there and back. Never scaled. */
const MONEY_TIMEOUT_MS = 25 * SECOND_MS
const INQUIRY_TIMEOUT_MS = 10 * SECOND_MS
const ANSWER_BYTES_MAX = 256 * 1024

export function accountOf(config: WorldpayConfig): Account {
  const credentials = Object.freeze({
    authorization: `Basic ${Buffer.from(`${config.username}:${config.password.reveal()}`).toString('base64')}`,
    'content-type': 'text/xml; charset=utf-8',
  })
  const exchange: Account['exchange'] = (body, movesMoney, headers = {}) => ({
    movesMoney,
    method: 'POST',
    url: config.url,
    headers: { ...credentials, ...headers },
    body,
    timeoutMs: movesMoney ? MONEY_TIMEOUT_MS : INQUIRY_TIMEOUT_MS,
    answerBytesMax: ANSWER_BYTES_MAX,
  })
  const modification = (message: typeof captureMessage): OperationHandler => ({
    build: (operation) => exchange(message(operation, config), true),
    read: (answer, operation) => modificationOutcome(answer, operation, config),
  })
  return {
    exchange,
    modifications: {
      capture: modification(captureMessage),
      refund: modification(refundMessage),
      void: modification(cancelMessage),
      reversal: modification(reversalMessage),
    },
    shared: {
      account: config.merchantCode,
      inquire: {
        build: (operation) => exchange(inquiryMessage(operation, config), false),
        read: (answer, operation) => inquiryFound(answer, operation, config),
      },
      notification: notificationHandler(config),
      settlement: { provider: 'worldpay', delayMs: config.settlementDelayDays * DAY_MS * config.scale },
      unrepresentable: (amountMinor, currency) => {
        const wire = toWire(amountMinor, currency)
        return typeof wire === 'string' ? wire : undefined
      },
      scrub: scrubber(config),
    },
  }
}
