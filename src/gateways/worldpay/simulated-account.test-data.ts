import { cardFrom } from '../../gateway/card.ts'
import type { Card } from '../../gateway/card.ts'
import { secret } from '../../gateway/secret.ts'
import { exponentOf } from '../../money/currency.ts'
import {
  addFault,
  backOffice,
  clearFaults,
  completeChallenge,
  deviceSession,
  dueNotifications,
  handle,
  type HostedPayment,
  ledgerOf,
  newWorldpayState,
  notificationDelivered,
  PAYMENT_SERVICE_PATH,
  payHosted,
  cancelHosted,
  readChallengeJwt,
  readDeviceDataJwt,
  type WorldpayState,
} from '../../simulators/worldpay/index.ts'
import type {
  ChallengedPayers,
  GatewayFixture,
  HostedPayers,
  LaterEvent,
  NotificationQueue,
  PayerDoes,
  SimulatedProvider,
} from '../../testkit/gateway-fixture.ts'
import type { WorldpayOptions } from './config.ts'
import { worldpay } from './gateway.ts'

const STARTED_MS = Date.UTC(2027, 0, 1)
const ORIGIN = 'http://127.0.0.1:9000'
const JWT_SECRET = 'a key of the merchant interface'

/** One simulated Worldpay under its own clock, with both gateways of an account of it. */
export class SimulatedAccount {
  readonly options: WorldpayOptions
  readonly state: WorldpayState
  #nowMs = STARTED_MS

  constructor(timeScale: number) {
    this.state = newWorldpayState({
      merchantCode: 'SHOPECOM',
      username: 'xml-user',
      password: 'p4ss',
      timeScale,
      requireDoctype: true,
      notificationUrl: 'kept',
      notificationUsername: 'worldpay',
      notificationPassword: 'n0tify',
      macSecret: '@p-p1epie',
      adminCode: 'MYADMINCODE',
      jwtIssuer: 'jwt-user',
      jwtOrgUnitId: '5c5c5c5c5c5c5c5c5c5c5c5c',
      jwtSecret: JWT_SECRET,
      hostedUrl: `${ORIGIN}/worldpay/hosted`,
    })
    this.options = {
      url: `${ORIGIN}${PAYMENT_SERVICE_PATH}`,
      merchantCode: 'SHOPECOM',
      username: 'xml-user',
      password: secret('p4ss'),
      threeDSecure: {
        issuer: 'jwt-user',
        orgUnitId: '5c5c5c5c5c5c5c5c5c5c5c5c',
        secret: secret(JWT_SECRET),
      },
      hosted: { macSecret: secret('@p-p1epie'), adminCode: 'MYADMINCODE', country: 'GB', language: 'en' },
      notifications: { username: 'worldpay', password: secret('n0tify') },
      times: { scale: 1 / timeScale },
    }
  }

  fixture(kind: 'direct' | 'hosted'): GatewayFixture {
    return {
      gateway: worldpay(this.options)[kind],
      approvedCard: cardOf('Jane Doe'),
      declinedCard: cardOf('REFUSED51'),
      tellsBalances: true,
      provider: this.#provider(),
      notifications: this.#notifications(),
      ...(kind === 'hosted' ? { hosted: this.#hosted() } : { challenged: this.#challenged() }),
    }
  }

  #provider(): SimulatedProvider {
    const { state } = this
    return {
      send: ({ method, url, headers, body }) => {
        const request = { method, path: new URL(url).pathname, headers, body }
        const { response } = handle(request, state, this.#nowMs)
        return Promise.resolve({
          status: response.status,
          headers: response.headers,
          body: Buffer.from(response.body),
        })
      },
      nowMs: () => this.#nowMs,
      advance: (delayMs) => {
        this.#nowMs += delayMs
      },
      ledger: (reference) => {
        const order = ledgerOf(state, reference, this.#nowMs)
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
      afterwards: (reference, event) => {
        const done = backOffice(state, reference, ACTIONS[event], undefined, this.#nowMs)
        if (!done.ok) throw new Error(done.why)
      },
    }
  }

  #hosted(): HostedPayers {
    return {
      visit: (page, does) => {
        const parameters = new URL(page.url).searchParams
        const ticket = parameters.get('Ticket') ?? ''
        const { returnTo, query } =
          does === 'cancels'
            ? cancelHosted(this.state, ticket, this.#nowMs)
            : payHosted(this.state, ticket, PAYMENTS[does], this.#nowMs)
        return { address: parameters.get(`${returnTo}URL`) ?? undefined, query }
      },
    }
  }

  #challenged(): ChallengedPayers {
    return {
      challengedCard: cardOf('3DS_V2_CHALLENGE_IDENTIFIED'),
      softlyDeclinedCard: cardOf('SOFT_DECLINE'),
      collect: ({ url, fields }, cardPrefix) => {
        if (url !== `${ORIGIN}/worldpay/shopper/3ds/ddc.html`) throw new Error(`nothing is at ${url}`)
        const jwt = readDeviceDataJwt(this.state, fields['JWT'] ?? '', this.#nowMs)
        if (!jwt.ok) throw new Error(jwt.why)
        return deviceSession(this.state, cardPrefix)
      },
      answer: ({ method, url, fields }, verdict) => {
        if (method !== 'POST' || url !== `${ORIGIN}/worldpay/challenge`)
          throw new Error(`nothing is at ${url}`)
        const jwt = readChallengeJwt(this.state, fields['JWT'] ?? '', this.#nowMs)
        if (!jwt.ok) throw new Error(jwt.why)
        const word = verdict === 'passes' ? 'passed' : 'failed'
        if (verdict !== 'does-nothing') completeChallenge(this.state, jwt.transactionId, word, this.#nowMs)
        return { address: jwt.returnUrl, query: {} }
      },
    }
  }

  #notifications(): NotificationQueue {
    const { state } = this
    return {
      delayMs: state.options.notifyBatchMs / state.options.timeScale,
      take: () => {
        const due = dueNotifications(state, this.#nowMs, 1_000)
        for (const { id } of due) notificationDelivered(state, id, true, this.#nowMs)
        return due.map(({ headers, document }) => ({ headers, body: document }))
      },
    }
  }
}

const ACTIONS = {
  'charged-back': 'charge-back',
  'chargeback-reversed': 'reverse-charge-back',
  expired: 'expire',
} as const satisfies Record<LaterEvent, string>

const CARD_ON_PAGE = {
  method: 'CARD',
  cardNumber: '4444333322221111',
  expiryMonth: '12',
  expiryYear: '2030',
  cvc: '555',
} as const

const PAYMENTS: Readonly<Record<Exclude<PayerDoes, 'cancels'>, HostedPayment>> = {
  pays: { ...CARD_ON_PAGE, cardHolderName: 'Jane Doe' },
  'is-declined': { ...CARD_ON_PAGE, cardHolderName: 'REFUSED51' },
  'pays-later': { method: 'IDEAL-SSL', result: 'pending' },
}

function cardOf(holder: string): Card {
  return cardFrom(
    { number: '4444333322221111', expiryMonth: '12', expiryYear: '2030', securityCode: '555', holder },
    STARTED_MS,
  )
}
