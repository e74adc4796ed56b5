import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.ts'
import { root } from './program.ts'

const FILES = ['README.md', 'LICENSE', 'CHANGELOG.md']
/** What only this repository needs. */
const PRIVATE_FIELDS = new Set(['counterfoil', 'scripts', 'devDependencies', 'allowScripts'])

/**
 * Builds the package in a folder of its own and packs it into `target`; answers the tarball's path. The package is
 * published from there, not from the repository: its package.json has no `counterfoil-source` condition, which would
 * lead consumers to TypeScript below node_modules, where Node does not run it.
 */
export function pack(target: string): string {
  const stage = mkdtempSync(join(tmpdir(), 'counterfoil-pack-'))
  try {
    build(join(stage, 'dist'))
    for (const file of FILES) copyFileSync(join(root, file), join(stage, file))
    const manifest = publishedManifest(readFileSync(join(root, 'package.json'), 'utf8'))
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
    mkdirSync(target, { recursive: true })
    const options = ['pack', '--json', '--pack-destination', target]
    const { status, stdout } = spawnSync('npm', options, {
      cwd: stage,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 2],
    })
    if (status !== 0) throw new Error(`npm pack ended with ${status}`)
    const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }]
    return join(target, filename)
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

function publishedManifest(text: string): Readonly<Record<string, unknown>> {
  const manifest = JSON.parse(text) as { exports: Record<string, Record<string, string>> } & Record<
    string,
    unknown
  >
  const exports = Object.entries(manifest.exports).map(
    ([subpath, { 'counterfoil-source': _, ...published }]) => [subpath, published],
  )
  const kept = Object.entries(manifest).filter(([field]) => !PRIVATE_FIELDS.has(field))
  return { ...Object.fromEntries(kept), exports: Object.fromEntries(exports) }
}

if (import.meta.main) console.log(pack(root))
