#!/usr/bin/env node
import type { Output } from './command.ts'

const NODE_MAJOR_MIN = 24

// Imports run before anything else, and ours need a newer Node than may be here: they wait until it is known.
if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `counterfoil: needs Node ${NODE_MAJOR_MIN} or newer, and this is ${process.versions.node}\n`,
  )
  process.exitCode = 2
} else {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads has had enough, as with `counterfoil cases list | head -1`.
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  const output: Output = {
    out: (text) => process.stdout.write(`${text}\n`),
    error: (text) => process.stderr.write(`${text}\n`),
  }
  const { run } = await import('./run.ts')
  process.exitCode = await run(process.argv.slice(2), output)
}
