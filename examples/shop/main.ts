import { CounterfoilError, type LogLine } from 'counterfoil'
import { type Configuration, readConfiguration, SettingError } from './configuration.ts'
import { type RunningShop, startShop } from './start.ts'
import { OPEN } from './supervisor.ts'

/** Starts everything, says where it is, and stops it again on Ctrl-C or SIGTERM. */
async function main(): Promise<void> {
  endWithSupervisor()
  let configuration: Configuration
  let shop: RunningShop
  try {
    configuration = readConfiguration(process.env)
    shop = await startShop(configuration, logLine)
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    process.exitCode = 1
    return
  }
  process.stdout.write(welcome(shop, configuration))
  stopOnSignal(shop)
  if (process.connected) process.send?.(OPEN)
}

/** Under a supervisor the shop ends with it, also when the supervisor was killed: nobody is left to look after it. */
function endWithSupervisor(): void {
  if (!process.connected) return
  process.once('disconnect', () => process.exit(1))
  process.channel?.unref()
}

/** A signal that comes again so soon is the same one: npm passes on what the terminal has given to all. */
const SAME_SIGNAL_MS = 1_000

function stopOnSignal(shop: RunningShop): void {
  let stoppingSinceMs: number | undefined
  const stop = (): void => {
    const nowMs = performance.now()
    if (stoppingSinceMs !== undefined) {
      if (nowMs - stoppingSinceMs < SAME_SIGNAL_MS) return
      // As safe as pulling the plug, which is what all of this is about.
      process.stdout.write('Stopped at once. What was under way goes on at the next start.\n')
      process.exit(130)
    }
    stoppingSinceMs = nowMs
    process.stdout.write('\nStopping: finishing what is under way (once more to stop at once).\n')
    shop.stop().then(
      () => {
        process.stdout.write('Stopped.\n')
        process.exit(0)
      },
      (error: unknown) => {
        process.stderr.write(`${explain(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function welcome({ shopUrl, simulatorUrl }: RunningShop, { dataFolder, timeScale }: Configuration): string {
  return `
  Stub & Quill is open.

  Shop        ${shopUrl}
  Orders      ${shopUrl}/orders    with the timeline and the provider's ledger
  Mail        ${shopUrl}/mail
  Simulator   ${simulatorUrl}    faults and the provider's books

  Pay with    4444 3333 2222 1111, any month to come, 555, any name
  Declined    the name REFUSED on the card
  3-D Secure  the name 3DS_V2_CHALLENGE_IDENTIFIED on the card
  Redirect    choose the way that goes on at the next page
  Broken      ${shopUrl}/break    the provider, the database, the mail, the clock, the process

  Data        ${dataFolder}
  Time        the provider's runs ${timeScale} times faster (SHOP_TIME_SCALE)
  Stop        Ctrl-C, or kill -9: the next start goes on where it was

`
}

function explain(error: unknown): string {
  if (error instanceof SettingError) return error.message
  if (error instanceof CounterfoilError) return `${error.message}\n${error.remedy} (${error.code})`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function logLine({ level, message, paymentId }: LogLine): void {
  process.stderr.write(`${level}: ${message}${paymentId === undefined ? '' : ` (payment ${paymentId})`}\n`)
}

await main()
