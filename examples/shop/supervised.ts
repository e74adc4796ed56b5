import { fileURLToPath } from 'node:url'
import { supervise } from './supervisor.ts'

/** `npm start`: the shop of main.ts, started again when it is killed, which its pages offer to do. */
const supervisor = supervise({
  command: [...process.execArgv, fileURLToPath(new URL('main.ts', import.meta.url))],
  environment: process.env,
  say: (words) => void process.stdout.write(`\n${words}\n`),
})

// Ctrl-C reaches the shop by itself as well; it knows the same signal twice for one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => supervisor.stop(signal))
}

process.exitCode = await supervisor.ended
