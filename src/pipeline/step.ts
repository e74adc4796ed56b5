import type { Static, TSchema } from 'typebox'
import type { Capabilities, Echo } from '../gateway/gateway.ts'
import type { OperationKind, PaymentStatus, ToldFact } from '../payment/events.ts'
import type { Order, OrderRecord } from '../payment/order.ts'
import type { Operation, Payment } from '../payment/state.ts'
import type { ActionAnswer, Shop, Telling } from '../shop/shop.ts'

/** Children: what tells the world that a status was reached, or a fact arrived after the end. They never decide. */
export const childPipelines = [
  'statusOk',
  'statusCancel',
  'statusPending',
  'statusRefunded',
  'statusDisputed',
  'statusFailedLate',
] as const

export type ChildPipelineName = (typeof childPipelines)[number]

/**
 * The pipelines that modules have, by name: `process` where the payer gives card details here; `preprocess`,
 * `postprocess` and `cancel` where they pay on the PSP's page; `confirm` for what the PSP's server tells us; and the
 * children.
 */
export type PipelineName = 'process' | 'preprocess' | 'confirm' | 'postprocess' | 'cancel' | ChildPipelineName

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
  /** In the pipelines that tell a fact: which one. */
  readonly fact: ToldFact | undefined
  readonly order: O
  readonly payment: Payment
  readonly shop: Shop
  readonly value: ReadValue
}

/** What a `check` step sees of a notification. The engine has done its own checks beside these, and no edit removes them. */
export interface CheckContext<O extends Order = Order> {
  readonly notice: HeardNotice
  /** Undefined while no payment has the reference. */
  readonly payment: Payment | undefined
  /** The operation that it is about. */
  readonly operation: Operation | undefined
  /** Loads the order as the shop has it now. */
  order(): Promise<O | undefined>
}

/** A notification as it was received. */
export interface HeardNotice {
  readonly reference: string
  /** The PSP's word. */
  readonly word: string
  /** What it says of the amount, where it says something: in the decimal places that `exponent` tells. */
  readonly echo: Echo | undefined
  /** True when the caller must show credentials. */
  readonly needsCredentials: boolean
  /** True when it has shown the right ones. */
  readonly isAuthentic: boolean
  /** Where it was sent from, behind the proxies that are trusted. */
  readonly callerAddress: string | undefined
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

/** What a `check` step answers. The most cautious answer of all checks, and of the engine's own, counts. */
export type CheckAnswer =
  | { readonly kind: 'ok' }
  /** Not to be believed by itself: an inquiry has to confirm it. */
  | { readonly kind: 'hint'; readonly reason: string }
  /** Not for now: it is parked, and looked at again. */
  | { readonly kind: 'later'; readonly reason: string }
  /** Not for us: nothing follows from it. */
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
  select(status: PaymentStatus, payment: Payment): ChildPipelineName | undefined
}

/** Looks at a notification before it is weighed. Each time one comes. */
export interface CheckStep<Name extends string = string> extends StepBase<Name> {
  readonly kind: 'check'
  check(context: CheckContext): CheckAnswer | Promise<CheckAnswer>
}

/** Where the engine weighs the notification and writes down what follows. */
export interface RecordStep<Name extends string = string> extends StepBase<Name> {
  readonly kind: 'record'
}

/** Where the payer's browser is sent to the PSP's page: by a link, a form or a frame, as the gateway says. */
export interface RedirectStep<Name extends string = string> extends StepBase<Name> {
  readonly kind: 'redirect'
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
  | CheckStep<Name>
  | RecordStep<Name>
  | RedirectStep<Name>
  | ActionStep<Name>
  | GatewayStep<Name>
  | EffectStep<Name>
