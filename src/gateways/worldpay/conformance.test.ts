import { cardFrom } from '../../gateway/card.ts'
import { secret } from '../../gateway/secret.ts'
import { exponentOf } from '../../money/currency.ts'
import {
  addFault,
  clearFaults,
  handle,
  ledgerOf,
  newWorldpayState,
  PAYMENT_SERVICE_PATH,
} from '../../simulators/worldpay/index.ts'
import { gatewayConformance } from '../../testkit/gateway-conformance.ts'
import type { GatewayFixture } from '../../testkit/gateway-fixture.ts'
import { worldpay } from './gateway.ts'

const STARTED_MS = Date.UTC(2027, 0, 1)

function open(timeScale: number): GatewayFixture {
  const state = newWorldpayState({
    merchantCode: 'SHOPECOM',
    username: 'xml-user',
    password: 'p4ss',
    timeScale,
    requireDoctype: true,
  })
  let nowMs = STARTED_MS
  const { direct } = worldpay({
    url: `http://127.0.0.1:9000${PAYMENT_SERVICE_PATH}`,
    merchantCode: 'SHOPECOM',
    username: 'xml-user',
    password: secret('p4ss'),
    times: { scale: 1 / timeScale },
  })
  const card = (holder: string): GatewayFixture['approvedCard'] =>
    cardFrom(
      { number: '4444333322221111', expiryMonth: '12', expiryYear: '2030', securityCode: '555', holder },
      STARTED_MS,
    )
  return {
    gateway: direct,
    approvedCard: card('Jane Doe'),
    declinedCard: card('REFUSED51'),
    tellsBalances: true,
    provider: {
      send: (exchange) => {
        const { method, url, headers, body } = exchange
        const { response } = handle({ method, path: new URL(url).pathname, headers, body }, state, nowMs)
        return Promise.resolve({
          status: response.status,
          headers: response.headers,
          body: Buffer.from(response.body),
        })
      },
      advance: (delayMs) => {
        nowMs += delayMs
      },
      ledger: (reference) => {
        const order = ledgerOf(state, reference, nowMs)
        if (order === undefined) return undefined
        // The simulator's ledger counts in the exponent that was sent.
        const factor = 10n ** BigInt((exponentOf(order.currency) ?? 2) - order.exponent)
        return {
          executions: order.executions,
          authorizedMinor: order.authorisedMinor * factor,
          capturedMinor: order.capturedMinor * factor,
          refundedMinor: order.refundedMinor * factor,
          liveMinor: order.liveMinor * factor,
        }
      },
      lagInquiries: (lagging) => {
        clearFaults(state)
        if (lagging) addFault(state, { kind: 'lagging-inquiry', times: 'always' })
      },
      failNextModification: () => {
        addFault(state, { kind: 'fails-later' })
      },
    },
  }
}

gatewayConformance('worldpay', { open: () => open(1) })
gatewayConformance('worldpay at a simulator that is 60 times as fast', { open: () => open(60) })
