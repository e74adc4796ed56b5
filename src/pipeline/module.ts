import { failure } from '../errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { PaidWhen, PaymentStatus } from '../payment/events.ts'
import {
  authorizeAndCapturePreprocess,
  authorizeAndCaptureProcess,
  type DefaultPipelines,
  defaultPipelines,
  internalConfirm,
  type PipelineEdit,
} from './defaults.ts'
import { Pipeline } from './pipeline.ts'
import { type ChildPipelineName, childPipelines, type PipelineName } from './step.ts'

/** A way to pay that the payer can choose: a gateway plus pipelines. */
export interface PaymentModule {
  readonly name: string
  /** What the payer reads. */
  readonly label: string
  /** `internal`: card details are taken on the shop's own page. `external`: the payer pays on the PSP's page. */
  readonly kind: 'internal' | 'external'
  readonly gateway: Gateway
  readonly paidWhen: PaidWhen
  readonly believe: Believe
  readonly onChangeOfMind: OnChangeOfMind
  readonly pollUnpaidMs: readonly number[]
  /** How long an authorization can be captured: the shop hears of it a day before that ends. */
  readonly authorizationValidMs: number
  readonly words: Words
  readonly pipelines: Readonly<Partial<Record<PipelineName, Pipeline>>>
}

/** What of a notification is evidence: what a `source` says that shows credentials, or only what an inquiry confirms. */
export type Believe = 'source' | 'inquire'

/** What becomes of a payment whose payer comes back from the PSP's page unpaid and wants another way (design 5.6). */
export type OnChangeOfMind = 'wait' | 'switch'

/** The shop's own words, and where the PSP's are taken with more caution than the adapter does: never with less. */
export interface Words {
  /** The shop's own words for what a payment has come to, as its pages and mails say them. */
  readonly shown?: Readonly<Partial<Record<PaymentStatus, string>>>
  /** The PSP's words that are only "in progress" for this shop, or become a case for a person. */
  readonly cautious?: Readonly<Record<string, 'in-progress' | 'case'>>
}

type PipelineEdits<Names extends PipelineName> = {
  readonly [Name in Names | ChildPipelineName]?: PipelineEdit<DefaultPipelines[Name]>
}

interface ModuleOptions {
  readonly gateway: Gateway
  /** What the payer reads on the order overview. Default: 'Card'. */
  readonly label?: string
  /** From when on the payment counts as paid. Default: 'authorized'. */
  readonly paidWhen?: PaidWhen
  /** Default: 'inquire', which needs no trust in who calls. */
  readonly believe?: Believe
  /** How long an authorization can be captured, 2 to 365; card schemes and contracts differ. Default: 7. */
  readonly authorizationValidDays?: number
  readonly words?: Words
}

export interface InternalModuleOptions extends ModuleOptions {
  readonly pipelines?: PipelineEdits<'process' | 'confirm'>
}

export interface ExternalModuleOptions extends ModuleOptions {
  /**
   * `wait`: the order stays held until the PSP's page has closed. `switch`: another payment may begin; then every
   * payment of the shop authorizes only, and the loser is reversed. Default: 'wait'.
   */
  readonly onChangeOfMind?: OnChangeOfMind
  /** When an unpaid payment is asked about: milliseconds from its registration, rising. Default: six times while the page is open. */
  readonly pollUnpaidMs?: readonly number[]
  readonly pipelines?: PipelineEdits<'preprocess' | 'confirm' | 'postprocess' | 'cancel'>
}

/**
 * A module whose card details are taken on the shop's own page.
 *
 * @throws CF_PIPELINE when an edit names a step that is not there, CF_CONFIG for an option that cannot be.
 * @example
 * const card = internalModule('card', {
 *   gateway: wp.direct,
 *   pipelines: { statusOk: (p) => p.remove('delete-basket').append(tellWarehouse) },
 * })
 */
export function internalModule(name: string, options: InternalModuleOptions): PaymentModule {
  const { gateway, pipelines = {} } = options
  if (gateway.hosted !== undefined) {
    throw failure('CF_CONFIG', `module '${name}': the gateway '${gateway.name}' is for externalModule()`)
  }
  return Object.freeze({
    ...common(name, options, 'Card'),
    kind: 'internal',
    onChangeOfMind: 'wait',
    pollUnpaidMs: [],
    pipelines: Object.freeze({
      process: resolve(pipelines.process, processFor(gateway)),
      confirm: resolve(pipelines.confirm, new Pipeline(internalConfirm.steps)),
      ...children(pipelines),
    }),
  })
}

/**
 * A module whose payers pay on the PSP's page: several pipelines, run at different times on different pages.
 *
 * @throws CF_PIPELINE when an edit names a step that is not there, CF_CONFIG for an option that cannot be.
 * @example
 * const hosted = externalModule('worldpay', {
 *   gateway: wp.hosted,
 *   pipelines: { preprocess: (p) => p.insertBefore('register-payment', reserveStock) },
 * })
 */
export function externalModule(name: string, options: ExternalModuleOptions): PaymentModule {
  const { gateway, pipelines = {}, onChangeOfMind = 'wait' } = options
  if (gateway.hosted === undefined) {
    throw failure('CF_CONFIG', `module '${name}': the gateway '${gateway.name}' is for internalModule()`)
  }
  return Object.freeze({
    ...common(name, options, 'Pay on the next page'),
    kind: 'external',
    onChangeOfMind,
    pollUnpaidMs: pollsFrom(name, options.pollUnpaidMs, gateway.hosted.validMs),
    pipelines: Object.freeze({
      preprocess: resolve(pipelines.preprocess, preprocessFor(gateway, onChangeOfMind)),
      confirm: resolve(pipelines.confirm, defaultPipelines.confirm),
      postprocess: resolve(pipelines.postprocess, defaultPipelines.postprocess),
      cancel: resolve(pipelines.cancel, defaultPipelines.cancel),
      ...children(pipelines),
    }),
  })
}

function common(name: string, options: ModuleOptions, label: string) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw failure('CF_CONFIG', `'${name}' is no name for a payment module: use kebab-case, such as 'card'`)
  }
  return {
    name,
    label: options.label ?? label,
    gateway: options.gateway,
    paidWhen: options.paidWhen ?? 'authorized',
    believe: options.believe ?? 'inquire',
    authorizationValidMs: daysFrom(name, options.authorizationValidDays ?? 7) * DAY_MS,
    words: wordsFrom(name, options.words ?? {}),
  }
}

const DAY_MS = 86_400_000

function daysFrom(name: string, days: number): number {
  if (Number.isInteger(days) && days >= 2 && days <= 365) return days
  throw failure(
    'CF_CONFIG',
    `module '${name}': authorizationValidDays must be a whole number from 2 to 365, not ${days}`,
  )
}

/** Words come from configuration: a less cautious meaning must not slip in with them. */
function wordsFrom(name: string, words: Words): Words {
  for (const [word, meaning] of Object.entries(words.cautious ?? {})) {
    if (meaning === 'in-progress' || meaning === 'case') continue
    throw failure(
      'CF_CONFIG',
      `module '${name}': words.cautious.${word} can be 'in-progress' or 'case', which are more cautious than any word of a provider`,
    )
  }
  return words
}

/** More often while the payer is likely to be there. */
const POLLS: readonly number[] = [1 / 60, 1 / 20, 1 / 10, 1 / 5, 1 / 2, 1]
const POLLS_MAX = 50

function pollsFrom(name: string, given: readonly number[] | undefined, validMs: number): readonly number[] {
  if (given === undefined) return POLLS.map((part) => Math.ceil(part * validMs))
  const rises = given.every((delayMs, index) => delayMs > (given[index - 1] ?? 0) && Number.isFinite(delayMs))
  if (!rises || given.length === 0 || given.length > POLLS_MAX) {
    throw failure(
      'CF_CONFIG',
      `module '${name}': pollUnpaidMs must be 1 to ${POLLS_MAX} rising numbers of milliseconds`,
    )
  }
  return Object.freeze([...given])
}

function children(edits: PipelineEdits<never>): Record<ChildPipelineName, Pipeline> {
  const resolved = childPipelines.map((name) => {
    // Each edit belongs to the default of the same name, which is more than TypeScript can follow here.
    const edit = edits[name] as PipelineEdit<Pipeline> | undefined
    return [name, resolve(edit, defaultPipelines[name] as Pipeline)] as const
  })
  return Object.fromEntries(resolved) as Record<ChildPipelineName, Pipeline>
}

/** An edit that names `charge` finds it where the PSP has a sale; where it has none, the error lists what there is. */
function processFor(gateway: Gateway): DefaultPipelines['process'] {
  if (gateway.operations.sale !== undefined) return defaultPipelines.process
  return new Pipeline(authorizeAndCaptureProcess.steps)
}

/** Where another payment may begin beside it, money moves only with the claim. */
function preprocessFor(gateway: Gateway, onChangeOfMind: OnChangeOfMind): DefaultPipelines['preprocess'] {
  const sells = gateway.operations.sale !== undefined && onChangeOfMind === 'wait'
  return sells ? defaultPipelines.preprocess : new Pipeline(authorizeAndCapturePreprocess.steps)
}

function resolve<Default extends Pipeline>(
  edit: PipelineEdit<Default> | undefined,
  standard: Default,
): Pipeline {
  if (edit === undefined) return standard
  return edit instanceof Pipeline ? edit : edit(standard)
}

/** The pipeline that begins a payment, by its name: `process` or `preprocess`. */
export function mainPipeline({ kind, pipelines }: PaymentModule): {
  readonly name: 'process' | 'preprocess'
  readonly pipeline: Pipeline
} {
  const name = kind === 'internal' ? 'process' : 'preprocess'
  const pipeline = pipelines[name]
  if (pipeline === undefined) throw new Error(`a module of the kind '${kind}' has a pipeline '${name}'`)
  return { name, pipeline }
}
