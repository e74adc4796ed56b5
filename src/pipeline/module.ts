import { failure } from '../errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { PaidWhen } from '../payment/events.ts'
import {
  authorizeAndCaptureProcess,
  type DefaultPipelines,
  defaultPipelines,
  type PipelineEdit,
} from './defaults.ts'
import { Pipeline } from './pipeline.ts'
import type { PipelineName } from './step.ts'

/** A way to pay that the payer can choose: a gateway plus pipelines. */
export interface PaymentModule {
  readonly name: string
  /** What the payer reads. */
  readonly label: string
  readonly kind: 'internal'
  readonly gateway: Gateway
  readonly paidWhen: PaidWhen
  readonly pipelines: Readonly<Record<PipelineName, Pipeline>>
}

export interface InternalModuleOptions {
  readonly gateway: Gateway
  /** What the payer reads on the order overview. Default: 'Card'. */
  readonly label?: string
  /** From when on the payment counts as paid. Default: 'authorized'. */
  readonly paidWhen?: PaidWhen
  readonly pipelines?: { readonly [Name in PipelineName]?: PipelineEdit<DefaultPipelines[Name]> }
}

/**
 * A module whose card details are taken on the shop's own page.
 *
 * @throws CF_PIPELINE when an edit names a step that is not there.
 * @example
 * const card = internalModule('card', {
 *   gateway: wp.direct,
 *   pipelines: { statusOk: (p) => p.remove('delete-basket').append(tellWarehouse) },
 * })
 */
export function internalModule(name: string, options: InternalModuleOptions): PaymentModule {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw failure('CF_CONFIG', `'${name}' is no name for a payment module: use kebab-case, such as 'card'`)
  }
  const { gateway, pipelines = {} } = options
  return Object.freeze({
    name,
    label: options.label ?? 'Card',
    kind: 'internal',
    gateway,
    paidWhen: options.paidWhen ?? 'authorized',
    pipelines: Object.freeze({
      process: resolve(pipelines.process, processFor(gateway)),
      statusOk: resolve(pipelines.statusOk, defaultPipelines.statusOk),
      statusCancel: resolve(pipelines.statusCancel, defaultPipelines.statusCancel),
      statusPending: resolve(pipelines.statusPending, defaultPipelines.statusPending),
    }),
  })
}

/** An edit that names `charge` finds it where the PSP has a sale; where it has none, the error lists what there is. */
function processFor(gateway: Gateway): DefaultPipelines['process'] {
  if (gateway.operations.sale !== undefined) return defaultPipelines.process
  return new Pipeline(authorizeAndCaptureProcess.steps)
}

function resolve<Default extends Pipeline>(
  edit: PipelineEdit<Default> | undefined,
  standard: Default,
): Pipeline {
  if (edit === undefined) return standard
  return edit instanceof Pipeline ? edit : edit(standard)
}
