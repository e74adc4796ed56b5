import type { Payment } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { PipelineName, SelectStep, Step } from '../pipeline/step.ts'

/** The current name of a step that may have been renamed since the payment began. */
export function findStep(pipeline: Pipeline, name: string): Step | undefined {
  return pipeline.steps.find((step) => step.name === name || step.formerly.includes(name))
}

/**
 * The step that comes next: by name, so that a payment goes on across deploys. Steps before the last completed
 * gateway step are past, also when they are new; removed ones are skipped (design 4).
 */
export function nextStep(module: PaymentModule, payment: Payment): Exclude<Step, SelectStep> | undefined {
  if (payment.pipelineEnded) return undefined
  const { steps } = module.pipelines.process
  const completed = (step: Step): boolean =>
    payment.completed.includes(step.name) || step.formerly.some((name) => payment.completed.includes(name))
  const past = steps.findLastIndex((step) => step.kind === 'gateway' && completed(step))
  return steps.find(
    (step, index): step is Exclude<Step, SelectStep> =>
      index > past && step.kind !== 'select' && !completed(step),
  )
}

/** The step that picks the status pipeline, where the module has one. */
export function selectStep(module: PaymentModule): SelectStep | undefined {
  return module.pipelines.process.steps.find((step): step is SelectStep => step.kind === 'select')
}

export function pipelineOf(module: PaymentModule, name: string): Pipeline | undefined {
  return module.pipelines[name as PipelineName]
}
