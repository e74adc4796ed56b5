import {
  type Counterfoil,
  countPromotionCode,
  createCounterfoil,
  authorize,
  capture,
  checkOrder,
  deductStock,
  externalModule,
  type ExternalModuleOptions,
  internalModule,
  type LogLine,
  type OnChangeOfMind,
  type PaymentModule,
  pipeline,
  reserveStock,
  saveOrder,
  secret,
  selectStatusPipeline,
  type Shop,
  type World,
} from 'counterfoil'
import { postgresJournal } from 'counterfoil/postgres'
import { sqliteJournal } from 'counterfoil/sqlite'
import { worldpay } from 'counterfoil/worldpay'

/** The merchant account that the simulator has; the password of a simulator is no secret. */
export const ACCOUNT = {
  merchantCode: 'STUBANDQUILL',
  username: 'stub-and-quill',
  password: 'simulated-password',
  notificationUsername: 'worldpay-calls',
  notificationPassword: 'simulated-notifications',
  macSecret: 'simulated-mac-secret',
  adminCode: 'QUILLADMIN',
  jwtIssuer: 'stub-and-quill-jwt',
  jwtOrgUnitId: '5e0f2c7d9b1a',
  jwtSecret: 'simulated-jwt-secret-of-32-bytes',
} as const

/** Where Counterfoil takes the provider's calls, below its mount. */
export const NOTIFICATIONS = '/notifications/worldpay'

export interface PaymentOptions {
  readonly shop: Shop
  readonly journalPath: string
  /** A PostgreSQL in place of that file, which several nodes share. */
  readonly journalUrl?: string
  /** Where the provider takes XML. */
  readonly paymentServiceUrl: string
  /** Where the payment pages are mounted. */
  readonly publicUrl: string
  readonly timeScale: number
  /** What becomes of a payment on the provider's page when its payer wants another way to pay. */
  readonly changeOfMind: OnChangeOfMind
  readonly log: (line: LogLine) => void
  /** Default: the real one. */
  readonly world?: World
}

/** How this shop takes payments: the whole of what a shop has to say to Counterfoil. */
export function payments(options: PaymentOptions): Counterfoil {
  const { shop, journalPath, journalUrl, paymentServiceUrl, publicUrl, timeScale, changeOfMind, log, world } =
    options
  const { merchantCode, username, password } = ACCOUNT
  const provider = worldpay({
    url: paymentServiceUrl,
    merchantCode,
    username,
    password: secret(password),
    threeDSecure: {
      issuer: ACCOUNT.jwtIssuer,
      orgUnitId: ACCOUNT.jwtOrgUnitId,
      secret: secret(ACCOUNT.jwtSecret),
    },
    hosted: { macSecret: secret(ACCOUNT.macSecret), adminCode: ACCOUNT.adminCode },
    notifications: {
      username: ACCOUNT.notificationUsername,
      password: secret(ACCOUNT.notificationPassword),
    },
    times: { scale: 1 / timeScale },
  })
  const modules =
    changeOfMind === 'wait'
      ? [card(provider.direct), cardLater(provider.direct), nextPage(provider.hosted)]
      : [cardForTheWinner(provider.direct), nextPageOrAnother(provider.hosted)]
  return createCounterfoil({
    journal: journalUrl === undefined ? sqliteJournal(journalPath) : postgresJournal({ url: journalUrl }),
    shop,
    modules,
    publicUrl,
    log,
    ...(world !== undefined && { world }),
    limits: timeScale > 1 ? IMPATIENT : {},
  })
}

/** With time that runs faster nobody wants to wait half a minute for an answer, or for a dead process to be missed. */
const IMPATIENT = {
  sendWithinMs: 5_000,
  answerWithinMs: 10_000,
  dueEveryMs: 500,
  heartbeatEveryMs: 500,
  nodeDeadAfterMs: 4_000,
  // Whoever breaks the provider on purpose, again and again, wants to see each time what comes of it.
  breakerFailures: 1_000,
}

type Gateway = PaymentModule['gateway']

/** What the shop does once it is paid, whichever way. */
const paid: StatusOk = (p) =>
  p.insertAfter('mark-order-paid', deductStock).insertAfter('mark-order-paid', saveOrder)

type StatusOk = NonNullable<NonNullable<ExternalModuleOptions['pipelines']>['statusOk']>

/** One sale: the money is taken at once. */
function card(gateway: Gateway): PaymentModule {
  return internalModule('card', {
    gateway,
    believe: 'source',
    label: 'Card',
    pipelines: {
      process: (p) => p.insertBefore('charge', countPromotionCode).insertBefore('charge', reserveStock),
      statusOk: paid,
    },
  })
}

/** The money is promised now and captured on the order's page, when the parcel leaves. */
function cardLater(gateway: Gateway): PaymentModule {
  return internalModule('card-later', {
    gateway,
    believe: 'source',
    label: 'Card, charged on dispatch',
    pipelines: {
      process: pipeline(checkOrder, countPromotionCode, reserveStock, authorize, selectStatusPipeline),
      statusOk: paid,
    },
  })
}

/** The payer pays on the provider's page, and the money is taken at once. */
function nextPage(gateway: Gateway): PaymentModule {
  return externalModule('worldpay', {
    gateway,
    believe: 'source',
    label: 'Card or iDEAL, on the next page',
    pipelines: {
      preprocess: (p) =>
        p.insertBefore('register-payment', countPromotionCode).insertBefore('register-payment', reserveStock),
      statusOk: paid,
    },
  })
}

/** The same where the payer may begin another payment beside it: what is authorized first takes the order. */
function nextPageOrAnother(gateway: Gateway): PaymentModule {
  return externalModule('worldpay', {
    gateway,
    believe: 'source',
    label: 'Card, on the next page',
    onChangeOfMind: 'switch',
    pipelines: { statusOk: paid },
  })
}

/** A card beside it: money moves with the capture, which only the one that has the order can ask for. */
function cardForTheWinner(gateway: Gateway): PaymentModule {
  return internalModule('card', {
    gateway,
    believe: 'source',
    label: 'Card',
    pipelines: {
      process: pipeline(checkOrder, authorize, capture, selectStatusPipeline),
      statusOk: paid,
    },
  })
}
