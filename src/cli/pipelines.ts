import { parseArgs } from 'node:util'
import { failure } from '../errors.ts'
import { checkModule, commitsOnPath, describeModule } from '../pipeline/check-module.ts'
import {
  authorizeAndCapturePreprocess,
  authorizeAndCaptureProcess,
  authorizeProcess,
  defaultPipelines,
  salePreprocess,
  saleProcess,
} from '../pipeline/defaults.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Shop } from '../shop/shop.ts'
import { isModule, isRecord } from '../standalone/check-configuration.ts'
import { type Output, UsageError } from './command.ts'
import { findConfiguration, importConfiguration, shown } from './configuration-file.ts'

/** `counterfoil pipelines`: prints what will run, after the checks that start-up makes. */
export async function pipelines(argv: readonly string[], output: Output): Promise<number> {
  const options = { config: { type: 'string' }, defaults: { type: 'boolean' } } as const
  const { values } = parseArgs({ args: [...argv], options })
  if (values.config !== undefined && values.defaults === true) {
    throw new UsageError('pipelines takes --config or --defaults, not both')
  }
  const file = values.defaults === true ? undefined : await findConfiguration(values.config)
  if (file === undefined) {
    output.out(describeDefaults())
    return 0
  }
  const { modules, shop } = await load(file)
  for (const module of modules) {
    if (shop !== undefined) checkModule(module, shop)
    output.out(`${describeModule(module)}\n`)
  }
  return 0
}

interface Loaded {
  readonly modules: readonly PaymentModule[]
  readonly shop: Shop | undefined
}

/**
 * The modules of a configuration: of a server's, or of any file that exports `modules`, or `config` or a default with
 * `modules` in it, so that a shop which embeds the engine can have its own pipelines printed too.
 */
async function load(file: string): Promise<Loaded> {
  const exported = await importConfiguration(file)
  for (const candidate of [exported, exported['config'], exported['default']]) {
    if (!isRecord(candidate)) continue
    const { modules, shop } = candidate
    if (!Array.isArray(modules)) continue
    const wrong = modules.findIndex((module) => !isModule(module))
    if (wrong !== -1) {
      throw failure(
        'CF_CONFIG',
        `${shown(file)}: modules[${wrong}] is no payment module; make it with internalModule() or externalModule()`,
      )
    }
    return {
      modules: modules as readonly PaymentModule[],
      shop: isRecord(shop) ? (shop as unknown as Shop) : undefined,
    }
  }
  throw failure(
    'CF_CONFIG',
    `${shown(file)} exports neither 'modules' nor a 'config' or default with 'modules' in it`,
  )
}

function describeDefaults(): string {
  const processes = [
    ['process, provider with a sale', saleProcess],
    ['process, authorize only', authorizeProcess],
    ['process, provider without a sale', authorizeAndCaptureProcess],
    ['preprocess', salePreprocess],
    ['preprocess, where the payer may switch', authorizeAndCapturePreprocess],
  ] as const
  const { process: _process, preprocess: _preprocess, ...others } = defaultPipelines
  return [
    'The default pipelines: process for internal modules; preprocess, postprocess and cancel for external ones',
    ...processes.map(([title, process]) =>
      describe(`${title} (${commitsOnPath(process)} commits on the payer's path)`, process),
    ),
    ...Object.entries(others).map(([name, pipeline]) => describe(name, pipeline)),
  ].join('\n')
}

function describe(title: string, { steps }: Pipeline): string {
  return [`  ${title}`, ...steps.map(({ name, kind }) => `    ${name.padEnd(26)} ${kind}`)].join('\n')
}
