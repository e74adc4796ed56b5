import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Program, root } from '../../scripts/program.ts'

/** A TypeScript project of the given files in a folder of its own, removed when it is disposed of. */
export interface TemporaryProject extends Disposable {
  readonly folder: string
  readonly program: Program
}

/** With it a check of the house is shown what it must find. */
export function temporaryProject(files: Readonly<Record<string, string>>): TemporaryProject {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-house-'))
  symlinkSync(`${root}/node_modules`, join(folder, 'node_modules'))
  const config = { extends: `${root}/tsconfig.json`, include: ['src'] }
  const written = { 'tsconfig.json': JSON.stringify(config), ...files }
  for (const [path, text] of Object.entries(written)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const program = new Program(join(folder, 'tsconfig.json'))
  return {
    folder,
    program,
    [Symbol.dispose]: () => {
      program[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
