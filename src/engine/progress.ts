import type { Payment } from '../payment/state.ts'
import { mainPipeline, type PaymentModule } from '../pipeline/module.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type {
  ActionStep,
  EffectStep,
  GatewayStep,
  LocalStep,
  PipelineName,
  SelectStep,
  Step,
} from '../pipeline/step.ts'

/** The current name of a step that may have been renamed since the payment began. */
export function findStep(pipeline: Pipeline, name: string): Step | undefined {
  return pipeline.steps.find((step) => step.name === name || step.formerly.includes(name))
}

/** A step that a payment passes on its way, and that is done once. The others act each time that something happens. */
export type PassedStep = LocalStep | ActionStep | GatewayStep | EffectStep

function isPassed(step: Step): step is PassedStep {
  switch (step.kind) {
    case 'local':
    case 'action':
    case 'gateway':
    case 'effect':
      return true
    case 'select':
    case 'check':
    case 'record':
    case 'redirect':
      return false
    default:
      return step satisfies never
  }
}

/**
 * The step that comes next: by name, so that a payment goes on across deploys. Steps before the last completed
 * gateway step are past, also when they are new; removed ones are skipped (design 4).
 */
export function nextStep(module: PaymentModule, payment: Payment): PassedStep | undefined {
  if (payment.pipelineEnded) return undefined
  const { steps } = mainPipeline(module).pipeline
  const completed = (step: Step): boolean =>
    payment.completed.includes(step.name) || step.formerly.some((name) => payment.completed.includes(name))
  const past = steps.findLastIndex((step) => step.kind === 'gateway' && completed(step))
  return steps.find((step, index): step is PassedStep => index > past && isPassed(step) && !completed(step))
}

/** While one version replaces another, both are there for so long at most. */
export const DEPLOY_MS = 600_000

/**
 * False for a payment that another version has just begun with a step that is still ahead of it and that this one
 * does not have: that version's nodes go on with it. Later the step is taken for one that is gone.
 */
export function knowsSteps(module: PaymentModule, payment: Payment, nowMs: number): boolean {
  if (payment.pipelineEnded || nowMs - payment.openedAtMs > DEPLOY_MS) return true
  const { pipeline } = mainPipeline(module)
  const isKnown = (name: string): boolean =>
    payment.completed.includes(name) || findStep(pipeline, name) !== undefined
  return payment.steps.every(isKnown)
}

/** The step that picks the status pipeline, where the module has one. */
export function selectStep({ pipelines }: PaymentModule): SelectStep | undefined {
  const steps = [...(pipelines.process?.steps ?? []), ...(pipelines.confirm?.steps ?? [])]
  return steps.find((step): step is SelectStep => step.kind === 'select')
}

export function pipelineOf(module: PaymentModule, name: string): Pipeline | undefined {
  return module.pipelines[name as PipelineName]
}
