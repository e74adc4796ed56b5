import { secret } from '../../src/gateway/secret.ts'
import { type Worldpay, worldpay } from '../../src/gateways/worldpay/index.ts'
import { authorizeAndCaptureProcess, authorizeProcess } from '../../src/pipeline/defaults.ts'
import { externalModule, internalModule, type PaymentModule } from '../../src/pipeline/module.ts'
import { capture } from '../../src/pipeline/steps/capture.ts'
import { reserveStock } from '../../src/pipeline/steps/index.ts'
import { defaultWorldpayOptions, type WorldpayOptions } from '../../src/simulators/worldpay/index.ts'

/** Everything that a simulated shop offers its payers. */
export const moduleNames = ['sale', 'later', 'captured', 'secure', 'hosted', 'hosted-asked'] as const

export type ModuleName = (typeof moduleNames)[number]

/** What the PSP shows when it calls, and somebody who does not know it. */
export const CALLER = { username: 'the-psp', password: 'what-the-psp-shows' } as const
export const CREDENTIALS = basic(`${CALLER.username}:${CALLER.password}`)
export const WRONG_CREDENTIALS = basic(`${CALLER.username}:what-a-forger-guesses`)

/** How long the PSP's page takes payments: a seed draws one. */
export const PAGE_MINUTES = [10, 20, 60] as const

/** How a simulated shop is set up. */
export interface Setup {
  /** Every module authorizes, and the page lets another payment begin beside it. */
  readonly switching: boolean
  readonly pageMinutes: (typeof PAGE_MINUTES)[number]
}

const built = new Map<string, readonly PaymentModule[]>()

/** The modules of a set-up. They are immutable, so that every process of every seed can have the same. */
export function modulesOf(setup: Setup): readonly PaymentModule[] {
  const name = `${setup.switching} ${setup.pageMinutes}`
  const known = built.get(name)
  if (known !== undefined) return known
  const modules = setup.switching
    ? switchingModules(accountOf(setup, false), accountOf(setup, true))
    : usualModules(accountOf(setup, false), accountOf(setup, true))
  built.set(name, modules)
  return modules
}

function usualModules({ direct }: Worldpay, withBank: Worldpay): readonly PaymentModule[] {
  return [
    internalModule('sale', {
      gateway: direct,
      believe: 'source',
      pipelines: { process: (p) => p.insertBefore('charge', reserveStock) },
    }),
    internalModule('later', { gateway: direct, pipelines: { process: authorizeProcess } }),
    internalModule('captured', {
      gateway: direct,
      paidWhen: 'captured',
      pipelines: { process: authorizeProcess.insertAfter('authorize', capture) },
    }),
    internalModule('secure', { gateway: withBank.direct, believe: 'source' }),
    externalModule('hosted', {
      gateway: withBank.hosted,
      believe: 'source',
      pipelines: { preprocess: (p) => p.insertBefore('register-payment', reserveStock) },
    }),
    externalModule('hosted-asked', { gateway: withBank.hosted }),
  ]
}

function switchingModules({ direct }: Worldpay, withBank: Worldpay): readonly PaymentModule[] {
  return [
    internalModule('sale', {
      gateway: direct,
      believe: 'source',
      pipelines: { process: authorizeAndCaptureProcess.insertBefore('authorize', reserveStock) },
    }),
    internalModule('later', { gateway: direct, pipelines: { process: authorizeProcess } }),
    internalModule('captured', {
      gateway: direct,
      paidWhen: 'captured',
      pipelines: { process: authorizeAndCaptureProcess },
    }),
    internalModule('secure', {
      gateway: withBank.direct,
      believe: 'source',
      pipelines: { process: authorizeAndCaptureProcess },
    }),
    externalModule('hosted', {
      gateway: withBank.hosted,
      believe: 'source',
      onChangeOfMind: 'switch',
      pipelines: { preprocess: (p) => p.insertBefore('register-payment', reserveStock) },
    }),
    externalModule('hosted-asked', { gateway: withBank.hosted, onChangeOfMind: 'switch' }),
  ]
}

/** `withBank`: with 3-D Secure. */
function accountOf({ pageMinutes }: Setup, withBank: boolean): Worldpay {
  const { merchantCode, username, password, jwtIssuer, jwtOrgUnitId, jwtSecret, macSecret, adminCode } =
    defaultWorldpayOptions
  return worldpay({
    url: 'http://127.0.0.1:4010/worldpay/jsp/merchant/xml/paymentService.jsp',
    merchantCode,
    username,
    password: secret(password),
    ...(withBank
      ? { threeDSecure: { issuer: jwtIssuer, orgUnitId: jwtOrgUnitId, secret: secret(jwtSecret) } }
      : {}),
    hosted: { macSecret: secret(macSecret), adminCode, payWithinMinutes: pageMinutes },
    notifications: { username: CALLER.username, password: secret(CALLER.password) },
  })
}

/** The same account on the side of the PSP. */
export const PSP_OPTIONS: Partial<WorldpayOptions> = {
  notificationUrl: 'kept',
  notificationUsername: CALLER.username,
  notificationPassword: CALLER.password,
  notifyRetryMs: 5 * 60_000,
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`
}
