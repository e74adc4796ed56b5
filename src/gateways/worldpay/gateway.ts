import type { Capabilities, Gateway, OperationHandler } from '../../gateway/gateway.ts'
import { type Account, accountOf } from './account.ts'
import { chargeOutcome, registrationOutcome } from './charge-replies.ts'
import { worldpayConfig } from './config.ts'
import type { WorldpayConfig, WorldpayOptions } from './config.ts'
import { hostedPage } from './hosted-page.ts'
import { readReturn } from './hosted-return.ts'
import { type CaptureDelay, orderMessage, registrationMessage, secondLegMessage } from './order-messages.ts'
import { sealOf } from './seal.ts'
import { type Authentication, challengePage, deviceDataForm, secondLegHeaders } from './three-d-secure.ts'

/** What a Worldpay account is used by. */
export interface Worldpay {
  /** Cards taken on the shop's own page: XML request, XML response; with 3-D Secure where it is set. */
  readonly direct: Gateway
  /** The payer pays on Worldpay's page. */
  readonly hosted: Gateway
}

const MINUTE_MS = 60_000
const CARD_PROCESSING_MS = 2 * MINUTE_MS
/** The slowest method: a payer who pays at their bank, in the page's last moment. */
const HOSTED_PROCESSING_MS = 30 * MINUTE_MS

/**
 * Worldpay's Corporate Gateway, XML direct and redirect. It does no I/O: the engine's transport sends what it builds.
 *
 * @throws CF_CONFIG for a wrong option.
 * @example
 * const wp = worldpay({
 *   environment: 'test',
 *   merchantCode: 'SHOPECOM',
 *   password: secret(process.env.WORLDPAY_PASSWORD),
 *   threeDSecure: { issuer, orgUnitId, secret: secret(process.env.WORLDPAY_JWT_SECRET) },
 *   notifications: { username: 'worldpay', password: secret(process.env.WORLDPAY_NOTIFICATION_PASSWORD) },
 * })
 * internalModule('card', { gateway: wp.direct })
 * externalModule('worldpay', { gateway: wp.hosted })
 */
export function worldpay(options: WorldpayOptions): Worldpay {
  const config = worldpayConfig(options)
  const account = accountOf(config)
  return Object.freeze({ direct: directGateway(config, account), hosted: hostedGateway(config, account) })
}

function directGateway(config: WorldpayConfig, account: Account): Gateway {
  const { threeDSecure } = config
  const authentication =
    threeDSecure === undefined ? undefined : { config: threeDSecure, seal: sealOf(config) }
  return Object.freeze({
    name: 'worldpay',
    ...account.shared,
    capabilities: capabilitiesOf(config.scale, CARD_PROCESSING_MS),
    operations: Object.freeze({
      sale: cardCharge('0', config, account, authentication),
      authorize: cardCharge('OFF', config, account, authentication),
      ...account.modifications,
    }),
    ...(authentication === undefined
      ? {}
      : {
          payerPage: (handover, visit) => challengePage(handover, visit, authentication),
          deviceData: (fresh) => deviceDataForm(authentication.config, fresh),
        }),
  } satisfies Gateway)
}

/** Every leg after the first is the way back from a challenge: a card request is never sent again. */
function cardCharge(
  captureDelay: CaptureDelay,
  config: WorldpayConfig,
  account: Account,
  authentication: Authentication | undefined,
): OperationHandler {
  return {
    build: (operation, { card }) => {
      if (operation.leg === 1) {
        return account.exchange(orderMessage(operation, card, captureDelay, config), true)
      }
      const headers = secondLegHeaders(operation.reference, operation.handover, authentication)
      return account.exchange(secondLegMessage(operation, config), true, headers)
    },
    read: (answer, operation) => chargeOutcome(answer, operation, config, authentication),
  }
}

function hostedGateway(config: WorldpayConfig, account: Account): Gateway {
  const { hosted, scale } = config
  // Bank transfers and vouchers take the money when the payer pays: a page with nothing else authorizes nothing.
  const authorizes = hosted.methods.authorize.length > 0
  return Object.freeze({
    name: 'worldpay-hosted',
    ...account.shared,
    capabilities: { ...capabilitiesOf(scale, HOSTED_PROCESSING_MS), delayedCapture: authorizes },
    operations: Object.freeze({
      sale: registration('0', config, account),
      ...(authorizes ? { authorize: registration('OFF', config, account) } : {}),
      ...account.modifications,
    }),
    hosted: {
      validMs: hosted.payWithinMinutes * MINUTE_MS * scale,
      readReturn: (query) => readReturn(query, config),
    },
    payerPage: (handover, visit) => hostedPage(handover, visit, hosted),
  } satisfies Gateway)
}

/** It counts as moving money, since from the page that it opens money moves without any other word of ours. */
function registration(
  captureDelay: CaptureDelay,
  config: WorldpayConfig,
  account: Account,
): OperationHandler {
  return {
    build: (operation) => account.exchange(registrationMessage(operation, captureDelay, config), true),
    read: (answer, operation) => registrationOutcome(answer, operation, config),
  }
}

/**
 * psp-protocols 1.3 to 1.5 and 9. `scale` is 1 at Worldpay itself; an order code that was executed is refused from then
 * on, while one that waits for its payer on Worldpay's page may be registered again.
 */
function capabilitiesOf(scale: number, maxProcessingMs: number): Capabilities {
  return Object.freeze({
    dedupByReference: true,
    inquiryByReference: true,
    inquiryLagMs: 5 * MINUTE_MS * scale,
    reversalByReference: true,
    maxProcessingMs: maxProcessingMs * scale,
    maxDeliveryMs: 16 * MINUTE_MS * scale,
    delayedCapture: true,
    echoes: ['reference', 'amountMinor', 'currency', 'exponent'],
  } satisfies Capabilities)
}
