import {
  type Counterfoil,
  countPromotionCode,
  createCounterfoil,
  authorize,
  checkOrder,
  deductStock,
  internalModule,
  type LogLine,
  type PaymentModule,
  pipeline,
  reserveStock,
  saveOrder,
  secret,
  selectStatusPipeline,
  type Shop,
} from 'counterfoil'
import { sqliteJournal } from 'counterfoil/sqlite'
import { worldpay } from 'counterfoil/worldpay'

/** The merchant account that the simulator has; the password of a simulator is no secret. */
export const ACCOUNT = {
  merchantCode: 'STUBANDQUILL',
  username: 'stub-and-quill',
  password: 'simulated-password',
} as const

export interface PaymentOptions {
  readonly shop: Shop
  readonly journalPath: string
  /** Where the provider takes XML. */
  readonly paymentServiceUrl: string
  /** Where the payment pages are mounted. */
  readonly publicUrl: string
  readonly timeScale: number
  readonly log: (line: LogLine) => void
}

/** How this shop takes payments: the whole of what a shop has to say to Counterfoil. */
export function payments(options: PaymentOptions): Counterfoil {
  const { shop, journalPath, paymentServiceUrl, publicUrl, timeScale, log } = options
  const { merchantCode, username, password } = ACCOUNT
  const provider = worldpay({
    url: paymentServiceUrl,
    merchantCode,
    username,
    password: secret(password),
    times: { scale: 1 / timeScale },
  })
  return createCounterfoil({
    journal: sqliteJournal(journalPath),
    shop,
    modules: [card(provider.direct), cardLater(provider.direct)],
    publicUrl,
    log,
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
}

type Gateway = PaymentModule['gateway']

/** One sale: the money is taken at once. */
function card(gateway: Gateway): PaymentModule {
  return internalModule('card', {
    gateway,
    label: 'Card',
    pipelines: {
      process: (p) => p.insertBefore('charge', countPromotionCode).insertBefore('charge', reserveStock),
      statusOk: (p) =>
        p.insertAfter('mark-order-paid', deductStock).insertAfter('mark-order-paid', saveOrder),
    },
  })
}

/** The money is promised now and captured on the order's page, when the parcel leaves. */
function cardLater(gateway: Gateway): PaymentModule {
  return internalModule('card-later', {
    gateway,
    label: 'Card, charged on dispatch',
    pipelines: {
      process: pipeline(checkOrder, countPromotionCode, reserveStock, authorize, selectStatusPipeline),
      statusOk: (p) =>
        p.insertAfter('mark-order-paid', deductStock).insertAfter('mark-order-paid', saveOrder),
    },
  })
}
