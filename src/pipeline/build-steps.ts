import { failure } from '../errors.ts'
import type { OperationKind } from '../payment/events.ts'
import type { Order } from '../payment/order.ts'
import type { ActionAnswer, Shop } from '../shop/shop.ts'
import type {
  ActionStep,
  CheckAnswer,
  CheckContext,
  CheckStep,
  EffectStep,
  GatewayContext,
  GatewayStep,
  LocalAnswer,
  LocalContext,
  LocalStep,
  OperationRequest,
  ValueToken,
  WritingContext,
} from './step.ts'

/** The shop and the payer's path wait this long for an action. */
export const ACTION_DEADLINE_MS = 3_000
/** One try of an effect. */
export const EFFECT_DEADLINE_MS = 10_000
/** The shop may be down over a long weekend (F26). */
export const PARK_AFTER_MS = 3 * 24 * 60 * 60 * 1000

interface CommonOptions {
  readonly formerly?: readonly string[]
  readonly needs?: readonly ValueToken[]
  readonly gives?: readonly ValueToken[]
  readonly calls?: readonly (keyof Shop)[]
}

export interface LocalOptions<O extends Order> extends CommonOptions {
  run(context: LocalContext<O>): LocalAnswer | Promise<LocalAnswer>
}

export interface ActionOptions<O extends Order> extends CommonOptions {
  readonly deadlineMs?: number
  run(context: WritingContext<O>): Promise<ActionAnswer>
  undo?(context: WritingContext<O>): Promise<void>
}

export interface GatewayOptions extends CommonOptions {
  readonly asksFor?: readonly OperationKind[]
  operation(context: GatewayContext): OperationRequest
}

export interface EffectOptions<O extends Order> extends CommonOptions {
  readonly deadlineMs?: number
  readonly parkAfterMs?: number
  run(context: WritingContext<O>): Promise<unknown>
  undo?(context: WritingContext<O>): Promise<void>
}

export interface CheckOptions<O extends Order> extends CommonOptions {
  check(context: CheckContext<O>): CheckAnswer | Promise<CheckAnswer>
}

export interface StepBuilders<O extends Order> {
  local<Name extends string>(name: Name, options: LocalOptions<O>): LocalStep<Name>
  action<Name extends string>(name: Name, options: ActionOptions<O>): ActionStep<Name>
  gateway<Name extends string>(name: Name, options: GatewayOptions): GatewayStep<Name>
  effect<Name extends string>(name: Name, options: EffectOptions<O>): EffectStep<Name>
  check<Name extends string>(name: Name, options: CheckOptions<O>): CheckStep<Name>
}

/**
 * Builders for steps that see the shop's own order type.
 *
 * @throws CF_PIPELINE for a name that is not kebab-case, or a deadline that is not positive.
 * @example
 * const { local, effect } = steps<MyOrder>()
 * const tellWarehouse = effect('tell-warehouse', { run: ({ order, key, signal }) => warehouse.post(order.id, { key, signal }) })
 */
export function steps<O extends Order = Order>(): StepBuilders<O> {
  // A shop's loadOrder answers the shop's own order type, so the narrower context is what these functions get.
  return {
    local: (name, options) => Object.freeze({ ...common(name, options), kind: 'local', run: options.run }),
    action: (name, options) =>
      Object.freeze({
        ...common(name, options),
        kind: 'action',
        deadlineMs: positive(name, options.deadlineMs ?? ACTION_DEADLINE_MS),
        run: options.run,
        undo: options.undo as ActionStep['undo'],
      }),
    gateway: (name, options) =>
      Object.freeze({
        ...common(name, options),
        kind: 'gateway',
        asksFor: options.asksFor ?? [],
        operation: options.operation,
      }),
    effect: (name, options) =>
      Object.freeze({
        ...common(name, options),
        kind: 'effect',
        deadlineMs: positive(name, options.deadlineMs ?? EFFECT_DEADLINE_MS),
        parkAfterMs: positive(name, options.parkAfterMs ?? PARK_AFTER_MS),
        run: options.run,
        undo: options.undo as EffectStep['undo'],
      }),
    check: (name, options) =>
      Object.freeze({
        ...common(name, options),
        kind: 'check',
        check: options.check,
      }),
  }
}

function common<Name extends string>(name: Name, options: CommonOptions) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw failure('CF_PIPELINE', `'${name}' is no name for a step: use kebab-case, such as 'reserve-stock'`)
  }
  return {
    name,
    formerly: options.formerly ?? [],
    needs: options.needs ?? [],
    gives: options.gives ?? [],
    calls: options.calls ?? [],
  }
}

function positive(name: string, deadlineMs: number): number {
  if (!Number.isFinite(deadlineMs) || deadlineMs <= 0) {
    throw failure(
      'CF_PIPELINE',
      `step '${name}': a deadline must be a positive number of milliseconds, not ${deadlineMs}`,
    )
  }
  return deadlineMs
}

/** For checks: nothing of it is believed before an inquiry has confirmed it. */
export function hint(reason: string): CheckAnswer {
  return { kind: 'hint', reason }
}

/** For checks: not now; it is parked and looked at again. */
export function later(reason: string): CheckAnswer {
  return { kind: 'later', reason }
}

/** For local steps: go on, with the values that it gives. */
export function ok(values?: Readonly<Record<string, unknown>>): LocalAnswer & { readonly kind: 'ok' } {
  return values === undefined ? { kind: 'ok' } : { kind: 'ok', values }
}

/**
 * For local steps: the payment ends here, nothing is sent; the payer reads the reason. For checks: the notification is
 * not for us, and nothing follows from it.
 */
export function refuse(reason: string): LocalAnswer & { readonly kind: 'refused' } {
  return { kind: 'refused', reason }
}
