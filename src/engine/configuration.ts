import { failure } from '../errors.ts'
import { checkModule, sells } from '../pipeline/check-module.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { CounterfoilConfig, Limits } from './api.ts'

const SECOND_MS = 1_000

/** What holds unless the configuration says otherwise. */
export const defaultLimits: Limits = {
  sendWithinMs: 10 * SECOND_MS,
  answerWithinMs: 40 * SECOND_MS,
  shopDeadlineMs: 5 * SECOND_MS,
  paymentsInFlightMax: 2_000,
  recoveriesAtOnceMax: 16,
  inquiriesPerSecondMax: 50,
  breakerFailures: 5,
  breakerRestMs: 10 * SECOND_MS,
  dueEveryMs: SECOND_MS,
  heartbeatEveryMs: 2 * SECOND_MS,
  nodeDeadAfterMs: 20 * SECOND_MS,
  doubtCaseAfterMs: 24 * 3_600 * SECOND_MS,
  reversalTriesMax: 10,
  challengeValidMs: 15 * 60 * SECOND_MS,
  inboxMax: 1_000,
  parkedForMs: 24 * 3_600 * SECOND_MS,
}

const LIMIT_RANGES: Readonly<Record<keyof Limits, readonly [number, number]>> = {
  sendWithinMs: [100, 60_000],
  answerWithinMs: [1_000, 120_000],
  shopDeadlineMs: [100, 60_000],
  paymentsInFlightMax: [1, 100_000],
  recoveriesAtOnceMax: [1, 1_000],
  inquiriesPerSecondMax: [1, 10_000],
  breakerFailures: [1, 1_000],
  breakerRestMs: [100, 60_000],
  dueEveryMs: [10, 60_000],
  heartbeatEveryMs: [50, 60_000],
  nodeDeadAfterMs: [1_000, 600_000],
  doubtCaseAfterMs: [1_000, 30 * 86_400_000],
  reversalTriesMax: [1, 100],
  challengeValidMs: [1_000, 15 * 60_000],
  inboxMax: [1, 1_000],
  parkedForMs: [1_000, 30 * 86_400_000],
}

/**
 * Checks the whole configuration and fills in the limits.
 *
 * @throws CF_CONFIG naming the value and what is allowed, CF_PIPELINE for a module that cannot run.
 */
export function checkConfig(config: CounterfoilConfig): Limits {
  checkUrl(config.publicUrl)
  if (config.modules.length === 0)
    throw failure('CF_CONFIG', 'modules: at least one payment module is needed')
  const names = new Set<string>()
  for (const module of config.modules) {
    if (names.has(module.name)) throw failure('CF_CONFIG', `modules: the name '${module.name}' is used twice`)
    names.add(module.name)
    checkModule(module, config.shop)
  }
  checkSwitching(config.modules)
  return checkLimits({ ...defaultLimits, ...config.limits })
}

/** Where a second payment may begin beside the first, money moves only with the claim of the order (design 5.6). */
function checkSwitching(modules: readonly PaymentModule[]): void {
  const switching = modules.find(({ onChangeOfMind }) => onChangeOfMind === 'switch')
  if (switching === undefined) return
  for (const module of modules) {
    const why = sells(module)
      ? 'takes money with the charge'
      : module.gateway.capabilities.delayedCapture
        ? undefined
        : 'cannot capture later'
    if (why === undefined) continue
    throw failure(
      'CF_CONFIG',
      `module '${switching.name}': onChangeOfMind 'switch' needs every module to authorize and capture later, and '${module.name}' ${why}`,
    )
  }
}

function checkUrl(publicUrl: string): void {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined
  const fits = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
  if (!fits || publicUrl.endsWith('/')) {
    throw failure(
      'CF_CONFIG',
      `publicUrl: '${publicUrl}' must be an http or https address without query and without a slash at the end, such as https://shop.example/pay`,
    )
  }
}

function checkLimits(limits: Limits): Limits {
  for (const [name, [least, most]] of Object.entries(LIMIT_RANGES)) {
    const given = limits[name as keyof Limits]
    if (!Number.isFinite(given) || given < least || given > most) {
      throw failure('CF_CONFIG', `limits.${name}: ${given} must be a number from ${least} to ${most}`)
    }
  }
  if (limits.heartbeatEveryMs * 4 > limits.nodeDeadAfterMs) {
    throw failure(
      'CF_CONFIG',
      `limits.nodeDeadAfterMs: ${limits.nodeDeadAfterMs} must be at least four times heartbeatEveryMs (${limits.heartbeatEveryMs})`,
    )
  }
  return limits
}
