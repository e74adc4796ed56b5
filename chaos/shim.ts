import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a process can be run on: `disk.c` is a disk that fails, `clock.c` a clock that is wrong. */
export type ShimName = 'disk' | 'clock'

/** Makes the library of one of them in this folder, for LD_PRELOAD, and answers where it is. Linux with gcc only. */
export function compileShim(folder: string, name: ShimName): string {
  const library = join(folder, `${name}.so`)
  const source = fileURLToPath(new URL(`./${name}.c`, import.meta.url))
  const needs = `a ${name} that goes wrong needs a C compiler, and Linux: apt-get install gcc libc6-dev`
  try {
    execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, source, '-ldl'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: Buffer }
    throw new Error(code === 'ENOENT' ? needs : `${needs}\n${stderr?.toString() ?? ''}`, { cause: error })
  }
  chmodSync(library, 0o755)
  return library
}
