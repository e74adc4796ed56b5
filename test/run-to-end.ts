import { spawn } from 'node:child_process'
import { root } from '../scripts/program.ts'

/** How a program ended, and all that it has printed. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program in the clone as a person does, with its output in a pipe. `withinMs` is for when it does not bound itself. */
export function runToEnd(
  [program, ...options]: readonly [string, ...string[]],
  {
    withinMs,
    environment = process.env,
  }: { readonly withinMs: number; readonly environment?: NodeJS.ProcessEnv },
): Promise<Ended> {
  const child = spawn(program, options, { cwd: root, env: environment, timeout: withinMs })
  const read = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      read[name] += chunk.toString()
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...read }))
  })
}
