import { parseArgs } from 'node:util'
import type { LogLine } from '../engine/api.ts'
import { reasonOf } from '../errors.ts'
import { type RunningServer, startServer } from '../standalone/start-server.ts'
import type { Output } from './command.ts'
import { configurationFile, loadServerConfiguration, shown } from './configuration-file.ts'
import { endSoon } from './end-soon.ts'

/** A signal that comes again so soon is the same one: npx passes on what the terminal has given to all. */
const SAME_SIGNAL_MS = 500
/** What shells answer for a process that a signal has ended, SIGINT for one. */
const EXIT_AT_ONCE = 130

/** `counterfoil start`: runs the server until SIGINT or SIGTERM. Its events are lines of JSON on the error stream. */
export async function start(argv: readonly string[], output: Output): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { config: { type: 'string' } } })
  const log = (line: LogLine): void =>
    output.error(JSON.stringify({ time: new Date().toISOString(), ...line }))
  const path = await configurationFile(values.config)
  // From the very beginning: as the first process of a container this one would not be ended by a signal otherwise.
  const signal = untilSignal(log)
  const server = await startServer(await loadServerConfiguration(path), log)
  log({ level: 'info', message: `started with ${shown(path)}` })
  output.out(welcome(server))
  await signal
  const code = await stopped(server, log)
  endSoon(code)
  return code
}

function welcome({ listensAt, publicUrl, dataFolder, simulatorUrl }: RunningServer): string {
  return [
    `Counterfoil listens on ${listensAt}`,
    `  pages      ${publicUrl}`,
    `  data       ${dataFolder}`,
    ...(simulatorUrl === undefined ? [] : [`  simulator  ${simulatorUrl}`]),
  ].join('\n')
}

async function stopped(server: RunningServer, log: (line: LogLine) => void): Promise<number> {
  try {
    await server.stop()
  } catch (thrown) {
    log({ level: 'error', message: `stopping failed: ${reasonOf(thrown)}` })
    return 1
  }
  log({ level: 'info', message: 'stopped' })
  return 0
}

/** Resolves at the first signal. The second ends the process at once, which is as safe as pulling the plug. */
function untilSignal(log: (line: LogLine) => void): Promise<void> {
  return new Promise((resolve) => {
    let sinceMs: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      const nowMs = performance.now()
      if (sinceMs === undefined) {
        sinceMs = nowMs
        log({ level: 'info', message: `${signal}: finishing what has begun; once more ends at once` })
        return resolve()
      }
      if (nowMs - sinceMs < SAME_SIGNAL_MS) return
      log({
        level: 'warn',
        message: `${signal} again: ended at once; what was under way goes on at the next start`,
      })
      process.exit(EXIT_AT_ONCE)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
