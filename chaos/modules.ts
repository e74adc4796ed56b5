import { ACCOUNT } from '../examples/shop/payments.ts'
import { worldpay } from '../src/gateways/worldpay/index.ts'
import {
  authorize,
  checkOrder,
  deductStock,
  externalModule,
  type ExternalModuleOptions,
  internalModule,
  ok,
  type PaymentModule,
  pipeline,
  reserveStock,
  saveOrder,
  secret,
  selectStatusPipeline,
  steps,
} from '../src/index.ts'
import { TIME_SCALE, type Version } from './settings.ts'

export interface ModuleOptions {
  readonly version: Version
  readonly paymentServiceUrl: string
  /** Tells the warehouse, under a key: only the second version has somebody to tell. */
  readonly tellWarehouse: (telling: {
    readonly key: string
    readonly orderId: string
    readonly paymentId: string
    readonly signal: AbortSignal
  }) => Promise<void>
}

type StatusOk = NonNullable<NonNullable<ExternalModuleOptions['pipelines']>['statusOk']>

/**
 * The ways to pay of two releases of one shop. The second has a payment module more, a step more before the charge and
 * an effect more after it: what it has begun, the first one cannot go on with, and must leave alone (F25).
 */
export function modules({ version, paymentServiceUrl, tellWarehouse }: ModuleOptions): PaymentModule[] {
  const { direct, hosted } = provider(paymentServiceUrl)
  const isSecond = version === 2
  const lookAtOrder = steps().local('look-at-order', { run: () => ok() })
  const warehouse = steps().effect('tell-warehouse', { run: tellWarehouse })
  const paid: StatusOk = (p) => {
    const first = p.insertAfter('mark-order-paid', deductStock).insertAfter('mark-order-paid', saveOrder)
    return isSecond ? first.append(warehouse) : first
  }
  const card = (name: string, label: string): PaymentModule =>
    internalModule(name, {
      gateway: direct,
      believe: 'source',
      label,
      pipelines: {
        process: (p) => {
          const first = p.insertBefore('charge', reserveStock)
          return isSecond ? first.insertBefore('charge', lookAtOrder) : first
        },
        statusOk: paid,
      },
    })
  const cardLater = internalModule('card-later', {
    gateway: direct,
    believe: 'source',
    label: 'Card, charged on dispatch',
    pipelines: {
      process: pipeline(checkOrder, reserveStock, authorize, selectStatusPipeline),
      statusOk: paid,
    },
  })
  const nextPage = externalModule('worldpay', {
    gateway: hosted,
    believe: 'source',
    label: 'Card, on the next page',
    pipelines: {
      preprocess: (p) => p.insertBefore('register-payment', reserveStock),
      statusOk: paid,
    },
  })
  const both = [card('card', 'Card'), cardLater, nextPage]
  return isSecond ? [...both, card('card-express', 'Card, express')] : both
}

function provider(url: string): ReturnType<typeof worldpay> {
  const { merchantCode, username, password } = ACCOUNT
  return worldpay({
    url,
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
    times: { scale: 1 / TIME_SCALE },
  })
}
