import { spawnSync } from 'node:child_process'

/**
 * Makes sure that a Chromium is there for the browser tests: the package of the distribution, installed when this
 * process may do so.
 *
 * @throws Error with what to do, when there is none and it cannot be installed.
 */
export function ensureChromium(): void {
  if (isThere()) return
  console.log('Chromium is missing; it is installed with apt-get.')
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (...options: readonly string[]): boolean =>
    spawnSync('apt-get', options, { stdio: ['ignore', 'inherit', 'inherit'], env: environment }).status === 0
  const installed =
    process.getuid?.() === 0 &&
    run('update', '-q') &&
    run('install', '-q', '-y', '--no-install-recommends', 'chromium')
  if (!installed || !isThere()) {
    throw new Error('the browser tests need Chromium: install it (apt-get install chromium) and try again')
  }
}

function isThere(): boolean {
  return spawnSync('chromium', ['--version'], { stdio: 'ignore' }).status === 0
}
