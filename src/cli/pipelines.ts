import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { CounterfoilError, failure, reasonOf } from '../errors.ts'
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
import type { Output } from './command.ts'

/** `counterfoil pipelines`: prints what will run, after the checks that start-up makes. */
export async function pipelines(argv: readonly string[], output: Output): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { config: { type: 'string' } } })
  if (values.config === undefined) {
    output.out(describeDefaults())
    return 0
  }
  const { modules, shop } = await load(values.config)
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

/** Imports a configuration: a file that exports `modules`, or `config` or a default with `modules` in it. */
async function load(file: string): Promise<Loaded> {
  const path = resolve(file)
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile) throw failure('CF_CONFIG', `there is no file ${file}`)
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
  } catch (thrown) {
    if (thrown instanceof CounterfoilError) throw thrown
    throw failure('CF_CONFIG', `${file} cannot be imported: ${reasonOf(thrown)}`, {}, thrown)
  }
  for (const candidate of [exported, exported['config'], exported['default']]) {
    if (!isRecord(candidate)) continue
    const { modules, shop } = candidate
    if (!Array.isArray(modules)) continue
    const wrong = modules.findIndex((module) => !isModule(module))
    if (wrong !== -1) {
      throw failure(
        'CF_CONFIG',
        `${file}: modules[${wrong}] is no payment module; make it with internalModule() or externalModule()`,
      )
    }
    return {
      modules: modules as readonly PaymentModule[],
      shop: isRecord(shop) ? (shop as unknown as Shop) : undefined,
    }
  }
  throw failure(
    'CF_CONFIG',
    `${file} exports neither 'modules' nor a 'config' or default with 'modules' in it`,
  )
}

function isModule(value: unknown): boolean {
  return isRecord(value) && typeof value['name'] === 'string' && isRecord(value['pipelines'])
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
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
