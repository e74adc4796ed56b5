import { setting, secretSetting } from 'counterfoil/standalone'
import { secret, worldpay, type Worldpay } from 'counterfoil/worldpay'

const merchantCode = setting('WORLDPAY_MERCHANT_CODE', '')
const notificationUser = setting('WORLDPAY_NOTIFICATION_USER', 'worldpay-calls')

/** How many times faster than real the simulated provider's time runs: a minute becomes a second. */
const TIME_SCALE = 60

/** The account of the simulated provider. It moves no money, so that its passwords are no secrets. */
const ACCOUNT = {
  port: Number(setting('SIMULATOR_PORT', '4011')),
  timeScale: TIME_SCALE,
  merchantCode: 'TEASHOPECOM',
  username: 'tea-shop',
  password: 'simulated-password',
  notificationUsername: notificationUser,
  notificationPassword: 'simulated-notifications',
  macSecret: 'simulated-mac-secret',
  adminCode: 'TEAADMIN',
  jwtIssuer: 'tea-shop-jwt',
  jwtOrgUnitId: '5e0f2c7d9b1a',
  jwtSecret: 'simulated-jwt-secret-of-32-bytes',
} as const

/** Undefined as soon as there is a real account. */
export const simulator = merchantCode === '' ? ACCOUNT : undefined

export const provider: Worldpay = simulator === undefined ? realAccount() : simulatedAccount()

function realAccount(): Worldpay {
  return worldpay({
    environment: setting('WORLDPAY_ENVIRONMENT', 'test') === 'live' ? 'live' : 'test',
    merchantCode,
    username: setting('WORLDPAY_USERNAME', merchantCode),
    password: secretSetting('WORLDPAY_PASSWORD'),
    threeDSecure: {
      issuer: setting('WORLDPAY_JWT_ISSUER'),
      orgUnitId: setting('WORLDPAY_ORG_UNIT_ID'),
      secret: secretSetting('WORLDPAY_JWT_SECRET'),
    },
    notifications: {
      username: notificationUser,
      password: secretSetting('WORLDPAY_NOTIFICATION_PASSWORD'),
    },
  })
}

function simulatedAccount(): Worldpay {
  return worldpay({
    url: `http://127.0.0.1:${ACCOUNT.port}/worldpay/jsp/merchant/xml/paymentService.jsp`,
    merchantCode: ACCOUNT.merchantCode,
    username: ACCOUNT.username,
    password: secret(ACCOUNT.password),
    threeDSecure: {
      issuer: ACCOUNT.jwtIssuer,
      orgUnitId: ACCOUNT.jwtOrgUnitId,
      secret: secret(ACCOUNT.jwtSecret),
    },
    hosted: { macSecret: secret(ACCOUNT.macSecret), adminCode: ACCOUNT.adminCode },
    notifications: { username: notificationUser, password: secret(ACCOUNT.notificationPassword) },
    times: { scale: 1 / TIME_SCALE },
  })
}
