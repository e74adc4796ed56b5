import { readFile, stat } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CounterfoilError, failure, reasonOf } from '../errors.ts'
import {
  type CheckedConfiguration,
  checkedConfiguration,
  isRecord,
} from '../standalone/check-configuration.ts'

/** What a configuration is called where nobody names another file, in the order in which they are looked for. */
export const CONFIGURATION_NAMES = [
  'counterfoil.config.ts',
  'counterfoil.config.mjs',
  'counterfoil.config.js',
]

/** A folder's package.json may name one: `{ "counterfoil": { "config": "deploy/counterfoil.config.ts" } }`. */
const PACKAGE_FILE = 'package.json'

/**
 * The configuration that a command is about: the file that `--config` names, else the one of the folder that the
 * command is called in. Undefined when there is none.
 *
 * @throws CF_CONFIG for a named file that is not there.
 */
export async function findConfiguration(named: string | undefined): Promise<string | undefined> {
  if (named !== undefined) {
    const path = resolve(named)
    if (!(await isFile(path))) throw failure('CF_CONFIG', `there is no file ${named}`)
    return path
  }
  for (const name of CONFIGURATION_NAMES) {
    const path = resolve(name)
    if (await isFile(path)) return path
  }
  const fromPackage = await namedByPackage()
  if (fromPackage === undefined) return undefined
  const path = resolve(fromPackage)
  if (await isFile(path)) return path
  throw failure(
    'CF_CONFIG',
    `${PACKAGE_FILE} names ${fromPackage} as counterfoil.config, and there is no such file`,
  )
}

/**
 * The same for commands that need one.
 *
 * @throws CF_CONFIG when there is none, with what to do.
 */
export async function configurationFile(named: string | undefined): Promise<string> {
  const path = await findConfiguration(named)
  if (path !== undefined) return path
  throw failure(
    'CF_CONFIG',
    `there is no ${CONFIGURATION_NAMES.join(', ')} in this folder: name one with --config FILE, or begin with a copy of examples/server/counterfoil.config.ts`,
  )
}

/**
 * Imports the file: TypeScript is run as it stands, by Node's own type stripping.
 *
 * @throws CF_CONFIG when it cannot be imported, and what it throws itself.
 */
export async function importConfiguration(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
  } catch (thrown) {
    if (thrown instanceof CounterfoilError) throw thrown
    throw failure('CF_CONFIG', `${shown(path)} cannot be imported: ${reasonOf(thrown)}`, {}, thrown)
  }
}

/**
 * The server that the file configures.
 *
 * @throws CF_CONFIG naming the file and the field.
 */
export async function loadServerConfiguration(path: string): Promise<CheckedConfiguration> {
  const { default: given } = await importConfiguration(path)
  if (given === undefined) {
    throw failure(
      'CF_CONFIG',
      `${shown(path)} exports no default: export default { ... } satisfies ServerConfiguration`,
    )
  }
  return checkedConfiguration(given, dirname(path))
}

/** A path as whoever typed the command knows it. */
export function shown(path: string): string {
  const fromHere = relative('', path)
  return fromHere.startsWith('..') ? path : fromHere
}

async function namedByPackage(): Promise<string | undefined> {
  if (!(await isFile(resolve(PACKAGE_FILE)))) return undefined
  let manifest: unknown
  try {
    manifest = JSON.parse(await readFile(resolve(PACKAGE_FILE), 'utf8'))
  } catch (thrown) {
    throw failure('CF_CONFIG', `${PACKAGE_FILE} cannot be read: ${reasonOf(thrown)}`, {}, thrown)
  }
  const ours = isRecord(manifest) ? manifest['counterfoil'] : undefined
  const config = isRecord(ours) ? ours['config'] : undefined
  return typeof config === 'string' ? config : undefined
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
