import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { pack } from '../../scripts/pack.ts'
import { root, textOf } from '../../scripts/program.ts'

const INSTALL_MS_MAX = 100_000
const PROGRAM_MS_MAX = 100_000
const run = promisify(execFile)

/** What a program finds around it: our Node first, and nothing that belongs to the test that starts it. */
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
  NODE_NO_WARNINGS: '1',
  NEXT_TELEMETRY_DISABLED: '1',
}
// A test within a test would take itself for a part of the first.
delete environment['NODE_TEST_CONTEXT']

/** Somebody else's project, far from here, into which npm has installed the packed package beside other packages. */
export class OutsideProject implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'counterfoil-outside-'))
  /** The package as npm has unpacked it. */
  readonly installed = join(this.folder, 'node_modules/counterfoil')

  /** `packages` by name and exact version. */
  static async of(packages: Readonly<Record<string, string>>): Promise<OutsideProject> {
    const project = new OutsideProject()
    try {
      await project.#install(packages)
      return project
    } catch (error) {
      project[Symbol.dispose]()
      throw error
    }
  }

  async #install(packages: Readonly<Record<string, string>>): Promise<void> {
    const counterfoil = `file:${basename(pack(this.folder))}`
    const manifest = { private: true, type: 'module', dependencies: { ...packages, counterfoil } }
    this.write('package.json', JSON.stringify(manifest))
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
    await run('npm', ['install', ...options], {
      cwd: this.folder,
      env: environment,
      timeout: INSTALL_MS_MAX,
    })
  }

  /** Writes a file and its folders; answers its path. */
  write(path: string, text: string): string {
    const file = join(this.folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }

  /** A folder of the repository, without what a developer's runs have left in it. */
  copy(path: string): string {
    const target = join(this.folder, basename(path))
    const leftovers = new Set(['node_modules', 'data', '.next'])
    cpSync(join(root, path), target, { recursive: true, filter: (from) => !leftovers.has(basename(from)) })
    return target
  }

  /** Runs Node in a folder of the project; answers what it prints, and fails with it. */
  async node(
    options: readonly string[],
    { folder = this.folder, env = {} }: { readonly folder?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ): Promise<string> {
    const { stdout } = await run(process.execPath, options, {
      cwd: folder,
      env: { ...environment, ...env },
      timeout: PROGRAM_MS_MAX,
    }).catch((thrown: Error & { readonly stdout: string; readonly stderr: string }) => {
      throw new Error(`${options.join(' ')}: ${thrown.message}\n${thrown.stdout}${thrown.stderr}`)
    })
    return stdout.trim()
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Versions of the root's own packages, so that what is tried outside is what is tried here. */
export function versionsHere(...names: readonly string[]): Readonly<Record<string, string>> {
  const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<
    'dependencies' | 'devDependencies',
    Readonly<Record<string, string>>
  >
  const versions = { ...dependencies, ...devDependencies }
  return Object.fromEntries(
    names.map((name) => {
      const version = versions[name]
      if (version === undefined) throw new Error(`package.json has no ${name}`)
      return [name, version]
    }),
  )
}
