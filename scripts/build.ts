import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { root } from './program.ts'

/** What the build needs to know of package.json. */
interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/**
 * Compiles src to JavaScript and declarations in `folder`, which is emptied before, and checks that everything that
 * package.json names is there.
 */
export function build(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  const tsc = `${root}/node_modules/typescript/bin/tsc`
  const options = ['-p', `${root}/tsconfig.build.json`, '--outDir', folder]
  const { status } = spawnSync(process.execPath, [tsc, ...options], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`the compiler ended with ${status}`)
  const { bin, exports } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as Manifest
  const inFolder = (path: string): string => resolve(folder, path.replace(/^\.\/dist\//, ''))
  const named = [...Object.values(bin), ...Object.values(exports).flatMap(builtPaths)]
  const missing = named.filter((path) => !existsSync(inFolder(path)))
  if (missing.length > 0)
    throw new Error(`package.json names what the build did not make: ${missing.join(', ')}`)
  for (const path of Object.values(bin)) chmodSync(inFolder(path), 0o755)
}

function builtPaths({ types, default: code }: Readonly<Record<string, string>>): readonly string[] {
  if (types === undefined || code === undefined) throw new Error('an export lacks "types" or "default"')
  return [types, code]
}

if (import.meta.main) build(`${root}/dist`)
