import { failure } from '../errors.ts'
import type { Shop } from '../shop/shop.ts'
import type { PaymentModule } from './module.ts'
import type { Pipeline } from './pipeline.ts'
import type { PipelineName, Step } from './step.ts'

/** What may stand in which pipeline: the status pipelines inform, they never decide about money (design 4). */
const KINDS: Readonly<Record<PipelineName, readonly Step['kind'][]>> = {
  process: ['local', 'select', 'action', 'gateway'],
  statusOk: ['local', 'effect'],
  statusCancel: ['local', 'effect'],
  statusPending: ['local', 'effect'],
}

/**
 * Refuses, at start-up, a module whose pipelines cannot run as they are written.
 *
 * @throws CF_PIPELINE naming the module, the pipeline, the step and what is missing.
 */
export function checkModule(module: PaymentModule, shop: Shop): void {
  const given = new Map<string, string>()
  for (const name of ['process', 'statusOk', 'statusCancel', 'statusPending'] as const) {
    // A status pipeline runs after `process`, but never after another status pipeline for certain.
    const known = new Map(given)
    for (const step of module.pipelines[name].steps) {
      const where = `module '${module.name}', pipeline '${name}', step '${step.name}'`
      checkKind(step, name, where)
      checkNeeds(step, known, where)
      checkCalls(step, shop, where)
      checkGateway(step, module, where)
      for (const token of step.gives) (name === 'process' ? given : known).set(token.name, step.name)
      for (const token of step.gives) known.set(token.name, step.name)
    }
  }
  checkOrderOfMoney(module)
}

function checkKind(step: Step, pipeline: PipelineName, where: string): void {
  if (KINDS[pipeline].includes(step.kind)) return
  throw failure(
    'CF_PIPELINE',
    `${where}: a step of kind '${step.kind}' cannot stand in '${pipeline}'; the kinds that can are ${KINDS[pipeline].join(', ')}`,
  )
}

function checkNeeds(step: Step, known: ReadonlyMap<string, string>, where: string): void {
  for (const token of step.needs) {
    if (known.has(token.name)) continue
    const values = [...known.keys()].join(', ')
    throw failure(
      'CF_PIPELINE',
      `${where}: it needs the value '${token.name}', which no step before it gives (given: ${values === '' ? 'none' : values})`,
    )
  }
}

function checkCalls(step: Step, shop: Shop, where: string): void {
  for (const method of step.calls) {
    if (typeof shop[method] === 'function') continue
    throw failure('CF_PIPELINE', `${where}: it calls the shop's ${method}(), which this shop does not have`)
  }
}

function checkGateway(step: Step, module: PaymentModule, where: string): void {
  if (step.kind !== 'gateway') return
  const offered = Object.keys(module.gateway.operations)
  for (const kind of step.asksFor) {
    if (offered.includes(kind)) continue
    throw failure(
      'CF_PIPELINE',
      `${where}: it asks for '${kind}', which the gateway '${module.gateway.name}' does not offer (it offers ${offered.join(', ')})`,
    )
  }
}

/** One charge, and nothing that writes outside after it: an action could no longer be part of the decision. */
function checkOrderOfMoney(module: PaymentModule): void {
  const { steps } = module.pipelines.process
  const isCharge = (step: Step): boolean =>
    step.kind === 'gateway' && step.asksFor.some((kind) => kind === 'sale' || kind === 'authorize')
  const charges = steps.filter(isCharge)
  const where = `module '${module.name}', pipeline 'process'`
  if (charges.length !== 1) {
    const names = charges.map((step) => step.name).join(', ')
    throw failure(
      'CF_PIPELINE',
      `${where}: exactly one step must charge, not ${charges.length} (${names || 'none'})`,
    )
  }
  const firstGateway = steps.findIndex((step) => step.kind === 'gateway')
  const late = steps.findLast((step, index) => step.kind === 'action' && index > firstGateway)
  if (late !== undefined) {
    throw failure(
      'CF_PIPELINE',
      `${where}, step '${late.name}': an action must stand before the first gateway step; after it, use an effect in 'statusOk'`,
    )
  }
  if (firstGateway !== steps.indexOf(charges[0] as Step)) {
    throw failure('CF_PIPELINE', `${where}: the first gateway step must be the one that charges`)
  }
}

/**
 * How many commits a pipeline costs on the payer's path: one before each action, one before the first request
 * leaves, one with each answer. Later gateway steps ride in the answer before them and leave off the path.
 */
export function commitsOnPath(process: Pipeline): number {
  const actions = process.steps.filter((step) => step.kind === 'action').length
  const charges = process.steps.some((step) => step.kind === 'gateway')
  return actions + (charges ? 2 : 1)
}

/** The pipelines of a module as they will run, for `counterfoil pipelines`. */
export function describeModule(module: PaymentModule): string {
  const lines = [
    `${module.name} (${module.kind}, gateway ${module.gateway.name}, paid when ${module.paidWhen}), ` +
      `${commitsOnPath(module.pipelines.process)} commits on the payer's path`,
  ]
  for (const [name, { steps }] of Object.entries(module.pipelines)) {
    lines.push(`  ${name}`)
    if (steps.length === 0) lines.push('    (no steps)')
    for (const step of steps) {
      const undo =
        (step.kind === 'action' || step.kind === 'effect') && step.undo !== undefined ? ', undo' : ''
      lines.push(`    ${step.name.padEnd(26)} ${step.kind}${undo}`)
    }
  }
  return lines.join('\n')
}
