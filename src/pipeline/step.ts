import type { Static, TSchema } from 'typebox'
import type { Capabilities } from '../gateway/gateway.ts'
import type { OperationKind, PaymentStatus } from '../payment/events.ts'
import type { Order, OrderRecord } from '../payment/order.ts'
import type { Payment } from '../payment/state.ts'
import type { ActionAnswer, Shop, Telling } from '../shop/shop.ts'

/** The pipelines that a module has, by name. */
export type PipelineName = 'process' | 'statusOk' | 'statusCancel' | 'statusPending'

/** A typed value that one step gives and later ones need. It is written down with the payment, so its schema must be JSON. */
export interface ValueToken<Name extends string = string, Schema extends TSchema = TSchema> {
  readonly name: Name
  readonly schema: Schema
}

/**
 * Names a value that steps hand on.
 *
 * @example
 * const risk = value('risk', Type.Number())
 */
export function value<Name extends string, Schema extends TSchema>(
  name: Name,
  schema: Schema,
): ValueToken<Name, Schema> {
  return Object.freeze({ name, schema })
}

/** Reads the values that earlier steps gave. */
export type ReadValue = <Schema extends TSchema>(token: ValueToken<string, Schema>) => Static<Schema>

/** What a `local` step sees: everything, and no way to change any of it. */
export interface LocalContext<O extends Order = Order> {
  readonly order: O
  readonly payment: Payment
  /** The order's record as it was when the payment began; undefined later. */
  readonly record: OrderRecord | undefined
  readonly value: ReadValue
}

/** What a step that writes outside sees. */
export interface WritingContext<O extends Order = Order> extends Telling {
  readonly order: O
  readonly payment: Payment
  readonly shop: Shop
  readonly value: ReadValue
}

export interface GatewayContext {
  readonly payment: Payment
  readonly capabilities: Capabilities
  readonly value: ReadValue
}

/** What a `local` step answers. */
export type LocalAnswer =
  | { readonly kind: 'ok'; readonly values?: Readonly<Record<string, unknown>> }
  /** The payment ends here; the reason is shown to the payer. */
  | { readonly kind: 'refused'; readonly reason: string }

/** What a `gateway` step asks for. Only the runner sends. */
export interface OperationRequest {
  readonly kind: Exclude<OperationKind, 'reversal'>
  readonly amountMinor: bigint
}

interface StepBase<Name extends string> {
  readonly name: Name
  /** Names that this step had in earlier releases: payments that began then go on here. */
  readonly formerly: readonly string[]
  readonly needs: readonly ValueToken[]
  readonly gives: readonly ValueToken[]
  /** Methods of the shop that the step calls; a shop without one is refused at start-up. */
  readonly calls: readonly (keyof Shop)[]
}

/** Looks, checks, computes, decides. After a crash it is run again. */
export interface LocalStep<Name extends string = string> extends StepBase<Name> {
  readonly kind: 'local'
  run(context: LocalContext): LocalAnswer | Promise<LocalAnswer>
}

/** Looks at the status each time it changes and says which pipeline tells the world. It never completes. */
export interface SelectStep<Name extends string = string> extends StepBase<Name> {
  readonly kind: 'select'
  select(status: PaymentStatus, payment: Payment): Exclude<PipelineName, 'process'> | undefined
}

/** Writes outside before money moves, on the payer's path. Called with a key; `undo` with the same key. */
export interface ActionStep<Name extends string = string> extends StepBase<Name> {
  readonly kind: 'action'
  readonly deadlineMs: number
  run(context: WritingContext): Promise<ActionAnswer>
  readonly undo: ((context: WritingContext) => Promise<void>) | undefined
}

/** Asks for money to move: a pure function from the payment to a request. */
export interface GatewayStep<Name extends string = string> extends StepBase<Name> {
  readonly kind: 'gateway'
  /** The operations that it may ask for; a gateway without them is refused at start-up. */
  readonly asksFor: readonly OperationKind[]
  operation(context: GatewayContext): OperationRequest
}

/** Writes outside after the commit: at least once, the same key every time. */
export interface EffectStep<Name extends string = string> extends StepBase<Name> {
  readonly kind: 'effect'
  readonly deadlineMs: number
  /** After so long without success it is parked and becomes a case. */
  readonly parkAfterMs: number
  run(context: WritingContext): Promise<unknown>
  readonly undo: ((context: WritingContext) => Promise<void>) | undefined
}

export type Step<Name extends string = string> =
  | LocalStep<Name>
  | SelectStep<Name>
  | ActionStep<Name>
  | GatewayStep<Name>
  | EffectStep<Name>
