import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { failure, reasonOf } from '../errors.ts'
import { type Secret, secret } from '../gateway/secret.ts'

/** Where a secret came from, for those who look after the machine; never what it is. */
export interface SecretSource {
  readonly name: string
  readonly from: 'variable' | 'file' | 'made'
  /** The file, where it came from one. */
  readonly path: string | undefined
  /** Permission bits of that file, such as 0o600. */
  readonly mode: number | undefined
  readonly secret: Secret
}

export interface SecretSettingOptions {
  /**
   * A folder: where neither variable nor file is given, the secret is made there at the first start, in a file that
   * this user alone can read. Only for secrets of our own making, never for a provider's.
   */
  readonly madeIn?: string
  /** What a secret that is made begins with, such as `whsec_`. */
  readonly prefix?: string
}

/** Settings as one environment gives them. */
export interface Settings {
  setting(name: string, fallback?: string): string
  secretSetting(name: string, options?: SecretSettingOptions): Secret
  /** The secrets that were read so far, by name. */
  sources(): readonly SecretSource[]
}

const NAME = /^[A-Z][A-Z0-9_]{0,63}$/
const SECRET_BYTES = 32
/** A setting is a line, or a PEM certificate at most. */
const FILE_BYTES_MAX = 65_536

export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Settings {
  const sources = new Map<string, SecretSource>()
  return {
    setting: (name, fallback) => {
      const given = read(environment, name)
      if (given !== undefined) return given.text
      if (fallback !== undefined) return fallback
      throw failure('CF_CONFIG', `${name} is not set: ${howToSet(name)}`)
    },
    secretSetting: (name, { madeIn, prefix = '' } = {}) => {
      const given = read(environment, name) ?? (madeIn === undefined ? undefined : made(madeIn, name, prefix))
      if (given === undefined) throw failure('CF_CONFIG', `the secret ${name} is not set: ${howToSet(name)}`)
      const { text, ...where } = given
      const sealed = secret(text)
      sources.set(name, { name, ...where, secret: sealed })
      return sealed
    },
    sources: () => [...sources.values()],
  }
}

const ofThisProcess = settingsOf(process.env)

/**
 * A setting of the environment: the variable `name`, or the file whose path is in `NAME_FILE`. An empty one counts as
 * none.
 *
 * @throws CF_CONFIG when both are set, when the file cannot be read, and when there is neither and no fallback.
 * @example
 * const host = setting('COUNTERFOIL_HOST', '127.0.0.1')
 */
export function setting(name: string, fallback?: string): string {
  return ofThisProcess.setting(name, fallback)
}

/**
 * A secret of the environment, sealed: the variable `name`, or the file whose path is in `NAME_FILE`, as Docker and
 * systemd hand secrets over. The line break at the file's end is no part of it.
 *
 * @throws CF_CONFIG as `setting`.
 * @example
 * const password = secretSetting('WORLDPAY_PASSWORD')
 */
export function secretSetting(name: string, options: SecretSettingOptions = {}): Secret {
  return ofThisProcess.secretSetting(name, options)
}

/** The secrets that the configuration of this process has read. */
export function secretSources(): readonly SecretSource[] {
  return ofThisProcess.sources()
}

type Given = Omit<SecretSource, 'name' | 'secret'> & { readonly text: string }

function read(environment: Readonly<Record<string, string | undefined>>, name: string): Given | undefined {
  if (!NAME.test(name)) {
    throw failure('CF_CONFIG', `'${name}' is no name of a setting: capital letters, digits and _`)
  }
  const text = environment[name]
  const path = environment[`${name}_FILE`]
  const hasText = text !== undefined && text !== ''
  const hasPath = path !== undefined && path !== ''
  if (hasText && hasPath) {
    throw failure(
      'CF_CONFIG',
      `${name} and ${name}_FILE are both set: unset one, so that nobody has to guess`,
    )
  }
  if (hasPath) return fromFile('file', path, `${name}_FILE`)
  return hasText ? { text, from: 'variable', path: undefined, mode: undefined } : undefined
}

function fromFile(from: 'file' | 'made', path: string, named: string): Given {
  let text: string
  let mode: number
  try {
    const found = statSync(path)
    if (!found.isFile()) throw new Error('it is no file')
    if (found.size > FILE_BYTES_MAX) throw new Error(`it has more than ${FILE_BYTES_MAX} bytes`)
    mode = found.mode & 0o777
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (thrown) {
    throw failure('CF_CONFIG', `${named}: ${path} cannot be read: ${reasonOf(thrown)}`, {}, thrown)
  }
  if (text === '') throw failure('CF_CONFIG', `${named}: ${path} is empty; write the value into it`)
  return { text, from, path, mode }
}

/** The secret of a file of our own, made at first need. It must outlive a restart: links and clients depend on it. */
function made(folder: string, name: string, prefix: string): Given {
  const path = join(folder, name.toLowerCase().replaceAll('_', '-'))
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    try {
      make(folder, path, prefix)
    } catch (thrown) {
      throw failure(
        'CF_CONFIG',
        `${name} is not set, and cannot be made in ${folder}: ${reasonOf(thrown)}. Set it: ${howToSet(name)}`,
        {},
        thrown,
      )
    }
  }
  return fromFile('made', path, name)
}

/** Whole or not at all, and never over another one: two processes may start at once. */
function make(folder: string, path: string, prefix: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const part = `${path}.${randomBytes(6).toString('hex')}.part`
  const file = openSync(part, 'wx', 0o600)
  try {
    writeSync(file, `${prefix}${randomBytes(SECRET_BYTES).toString('base64')}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(part, path)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
  } finally {
    rmSync(part)
  }
}

function howToSet(name: string): string {
  return `give the variable ${name}, or in ${name}_FILE the path of a file that holds it`
}
