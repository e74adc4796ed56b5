import { failure } from '../errors.ts'
import type { Shop } from '../shop/shop.ts'
import { mainPipeline, type PaymentModule } from './module.ts'
import type { Pipeline } from './pipeline.ts'
import { childPipelines, type PipelineName, type Step } from './step.ts'

/** What may stand in which pipeline: the status pipelines inform, they never decide about money (design 4). */
const KINDS: Readonly<Record<PipelineName, readonly Step['kind'][]>> = {
  process: ['local', 'select', 'action', 'gateway'],
  preprocess: ['local', 'action', 'gateway', 'redirect'],
  confirm: ['check', 'record', 'select'],
  // Anyone can request these pages, and the payer may never reach them: they show, they never decide.
  postprocess: ['local'],
  cancel: ['local'],
  statusOk: ['local', 'effect'],
  statusCancel: ['local', 'effect'],
  statusPending: ['local', 'effect'],
  statusRefunded: ['local', 'effect'],
  statusDisputed: ['local', 'effect'],
  statusFailedLate: ['local', 'effect'],
}

/** The order in which values are handed on: what a main pipeline gives, all later ones can need. */
const IN_ORDER: readonly PipelineName[] = [
  'process',
  'preprocess',
  'confirm',
  'postprocess',
  'cancel',
  ...childPipelines,
]

/**
 * Refuses, at start-up, a module whose pipelines cannot run as they are written.
 *
 * @throws CF_PIPELINE naming the module, the pipeline, the step and what is missing.
 */
export function checkModule(module: PaymentModule, shop: Shop): void {
  let given: readonly string[] = []
  for (const name of IN_ORDER) {
    const steps = module.pipelines[name]?.steps ?? []
    // A status pipeline runs after `process`, but never after another status pipeline for certain.
    const known = [...given]
    for (const step of steps) {
      const where = (): string => `module '${module.name}', pipeline '${name}', step '${step.name}'`
      checkKind(step, name, where)
      checkNeeds(step, known, where)
      checkCalls(step, shop, where)
      checkGateway(step, module, where)
      for (const token of step.gives) known.push(token.name)
    }
    if (name === 'process' || name === 'preprocess') given = known
  }
  checkOrderOfMoney(module)
  checkConfirm(module)
  checkTrust(module)
}

/** What a notification says is weighed in one place, and checked before. */
function checkConfirm({ name, kind, pipelines }: PaymentModule): void {
  const { steps = [] } = pipelines.confirm ?? {}
  const where = (): string => `module '${name}', pipeline 'confirm'`
  const records = steps.filter((step) => step.kind === 'record')
  if (records.length !== 1) {
    throw failure(
      'CF_PIPELINE',
      `${where()}: exactly one step must record, as 'record-status' does, not ${records.length}`,
    )
  }
  const recordAt = steps.findIndex((step) => step.kind === 'record')
  const misplaced = steps.find((step, index) => step.kind === 'check' && index > recordAt)
  if (misplaced !== undefined) {
    throw failure(
      'CF_PIPELINE',
      `${where()}, step '${misplaced.name}': a check must stand before '${steps[recordAt]?.name}'`,
    )
  }
  if (kind === 'internal' && steps.some((step) => step.kind === 'select')) {
    throw failure('CF_PIPELINE', `${where()}: 'process' has the step that selects the status pipeline`)
  }
}

/** What the module wants to believe, its gateway must be able to show. */
function checkTrust({ name, believe, gateway }: PaymentModule): void {
  const { notification, capabilities } = gateway
  if (believe === 'source' && notification?.hasCredentials !== true) {
    throw failure(
      'CF_CONFIG',
      `module '${name}': believe 'source' needs credentials for the provider's calls, which the gateway '${gateway.name}' was not given`,
    )
  }
  if (believe === 'inquire' && !capabilities.inquiryByReference) {
    throw failure(
      'CF_CONFIG',
      `module '${name}': believe 'inquire' needs a provider that can be asked, and '${gateway.name}' cannot`,
    )
  }
}

/** True when money moves with the charge itself, not with a later capture. */
export function sells(module: PaymentModule): boolean {
  return mainPipeline(module).pipeline.steps.some(
    (step) => step.kind === 'gateway' && step.asksFor.includes('sale'),
  )
}

function checkKind(step: Step, pipeline: PipelineName, where: () => string): void {
  if (KINDS[pipeline].includes(step.kind)) return
  throw failure(
    'CF_PIPELINE',
    `${where()}: a step of kind '${step.kind}' cannot stand in '${pipeline}'; the kinds that can are ${KINDS[pipeline].join(', ')}`,
  )
}

function checkNeeds(step: Step, known: readonly string[], where: () => string): void {
  for (const token of step.needs) {
    if (known.includes(token.name)) continue
    const values = known.join(', ')
    throw failure(
      'CF_PIPELINE',
      `${where()}: it needs the value '${token.name}', which no step before it gives (given: ${values === '' ? 'none' : values})`,
    )
  }
}

function checkCalls(step: Step, shop: Shop, where: () => string): void {
  for (const method of step.calls) {
    if (typeof shop[method] === 'function') continue
    throw failure('CF_PIPELINE', `${where()}: it calls the shop's ${method}(), which this shop does not have`)
  }
}

function checkGateway(step: Step, module: PaymentModule, where: () => string): void {
  if (step.kind !== 'gateway') return
  const { operations } = module.gateway
  for (const kind of step.asksFor) {
    if (operations[kind] !== undefined) continue
    const offered = Object.keys(operations)
    throw failure(
      'CF_PIPELINE',
      `${where()}: it asks for '${kind}', which the gateway '${module.gateway.name}' does not offer (it offers ${offered.join(', ')})`,
    )
  }
}

/** One charge, and nothing that writes outside after it: an action could no longer be part of the decision. */
function checkOrderOfMoney(module: PaymentModule): void {
  const { name, pipeline } = mainPipeline(module)
  const { steps } = pipeline
  const isCharge = (step: Step): boolean =>
    step.kind === 'gateway' && step.asksFor.some((kind) => kind === 'sale' || kind === 'authorize')
  const charges = steps.filter(isCharge)
  const where = (): string => `module '${module.name}', pipeline '${name}'`
  if (charges.length !== 1) {
    const names = charges.map((step) => step.name).join(', ')
    throw failure(
      'CF_PIPELINE',
      `${where()}: exactly one step must charge, not ${charges.length} (${names || 'none'})`,
    )
  }
  const firstGateway = steps.findIndex((step) => step.kind === 'gateway')
  const late = steps.findLast((step, index) => step.kind === 'action' && index > firstGateway)
  if (late !== undefined) {
    throw failure(
      'CF_PIPELINE',
      `${where()}, step '${late.name}': an action must stand before the first gateway step; after it, use an effect in 'statusOk'`,
    )
  }
  if (firstGateway !== steps.indexOf(charges[0] as Step)) {
    throw failure('CF_PIPELINE', `${where()}: the first gateway step must be the one that charges`)
  }
  const redirectAt = steps.findIndex((step) => step.kind === 'redirect')
  if (module.kind === 'external' && redirectAt < firstGateway) {
    throw failure(
      'CF_PIPELINE',
      `${where()}: a step that redirects the payer, as 'redirect-payer' does, must stand behind '${charges[0]?.name}'`,
    )
  }
}

/**
 * How many commits a pipeline costs on the payer's path: one before each action, one before the first request
 * leaves, one with each answer. Later gateway steps ride in the answer before them and leave off the path.
 */
export function commitsOnPath(main: Pipeline): number {
  const actions = main.steps.filter((step) => step.kind === 'action').length
  const charges = main.steps.some((step) => step.kind === 'gateway')
  return actions + (charges ? 2 : 1)
}

/** The pipelines of a module as they will run, for `counterfoil pipelines`. */
export function describeModule(module: PaymentModule): string {
  const lines = [
    `${module.name} (${module.kind}, gateway ${module.gateway.name}, paid when ${module.paidWhen}), ` +
      `${commitsOnPath(mainPipeline(module).pipeline)} commits on the payer's path`,
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
