import { spawnSync } from 'node:child_process'

/** The programs that a search needs, with the Debian packages that bring them. */
const NEEDED = [
  { program: 'spin', shows: '-V', packages: ['spin'] },
  { program: 'gcc', shows: '--version', packages: ['gcc', 'libc6-dev'] },
] as const

/**
 * Makes sure that SPIN and a C compiler are there: the packages of the distribution, installed when this process may
 * do so; `say` hears of it in one line.
 *
 * @throws Error with the command that installs them, when one is missing and cannot be installed.
 */
export function ensureTools(say: (line: string) => void): void {
  const missing = NEEDED.filter(isMissing)
  if (missing.length === 0) return
  const names = missing.map(({ program }) => program).join(' and ')
  const packages = missing.flatMap((tool) => [...tool.packages])
  if (process.getuid?.() === 0 && canRun('apt-get', '--version')) {
    say(`${names} is missing; it is installed with apt-get.`)
    const isInstalled =
      apt('update', '-q') && apt('install', '-q', '-y', '--no-install-recommends', ...packages)
    if (isInstalled && !NEEDED.some(isMissing)) return
  }
  throw new Error(`it needs ${names}: apt-get install ${packages.join(' ')}`)
}

function isMissing({ program, shows }: (typeof NEEDED)[number]): boolean {
  return !canRun(program, shows)
}

function canRun(program: string, option: string): boolean {
  return spawnSync(program, [option], { stdio: 'ignore' }).status === 0
}

/** Its output goes to standard error: standard output is for the table. */
function apt(...options: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', options, { stdio: ['ignore', 2, 2], env }).status === 0
}
