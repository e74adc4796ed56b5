import { parseArgs } from 'node:util'
import { CounterfoilError, failure } from '../errors.ts'
import {
  DEFAULT_PORT,
  defaultWorldpayOptions,
  type SimulatorOptions,
  startSimulator,
} from '../simulators/index.ts'

const USAGE = `counterfoil simulate: a Worldpay to test against, on this machine

  --port N                       port to listen on, 0 for any that is free (${DEFAULT_PORT})
  --host NAME                    address to listen on (127.0.0.1)
  --data FILE                    keep the ledger in this file over restarts
  --time-scale N                 the PSP's delays run N times faster (1)
  --merchant-code CODE           (${defaultWorldpayOptions.merchantCode})
  --username NAME                XML username (${defaultWorldpayOptions.username})
  --password TEXT                XML password (${defaultWorldpayOptions.password})
  --capture-delay D              account default for orders without captureDelay: OFF, or days from 0 to 14 (OFF)
  --processing-ms N              until an automatic capture is booked (${defaultWorldpayOptions.processingMs})
  --modify-ms N                  until a modification takes effect (${defaultWorldpayOptions.modifyMs})
  --inquiry-lag-ms N             how old the view of a lagging inquiry is (${defaultWorldpayOptions.inquiryLagMs})
  --notification-url URL         where order notifications are posted (none are made)
  --notification-username NAME   sent as HTTP Basic with each notification
  --notification-password TEXT
  --synchronous                  modifications take effect at once and are answered with the payment
  --help                         this text

Ledger and faults are on the page whose address it prints.
`

/** Ends with the process's signals, or with `stop` when another program runs this. */
export interface SimulateSurroundings {
  readonly write?: (text: string) => void
  readonly stop?: AbortSignal
}

/**
 * `counterfoil simulate`: runs the simulators until SIGINT or SIGTERM. Answers with the exit code: 0 after a clean
 * end, 2 when an option is wrong or the port is taken (the reason stands on the error stream).
 *
 * @example
 * process.exitCode = await simulate(['--port', '4010', '--time-scale', '60'])
 */
export async function simulate(
  argv: readonly string[],
  surroundings: SimulateSurroundings = {},
): Promise<number> {
  const write = surroundings.write ?? ((text: string) => void process.stdout.write(text))
  try {
    const options = optionsFrom(argv)
    if (options === undefined) {
      write(USAGE)
      return 0
    }
    const simulator = await startSimulator(options)
    const { merchantCode, username, password, timeScale, notificationUrl } = simulator.worldpay.state.options
    const { paymentService, page, control, hosted, challenge, deviceData } = simulator.worldpayUrls
    write(
      `Worldpay simulator\n  payment service  ${paymentService}\n  page             ${page}\n  control          ${control}\n  hosted page      ${hosted}\n  challenge        ${challenge}\n  device data      ${deviceData}\n  notifications    ${notificationUrl === '' ? 'none' : notificationUrl}\n  merchant code    ${merchantCode}\n  XML username     ${username}\n  XML password     ${password}\n  time scale       ${timeScale}\nCtrl-C ends it.\n`,
    )
    await stopped(surroundings.stop)
    await simulator.close()
    return 0
  } catch (error) {
    if (!(error instanceof CounterfoilError)) throw error
    process.stderr.write(`${error.message}\nSee: counterfoil simulate --help\n`)
    return 2
  }
}

/** Undefined when help is asked for. */
function optionsFrom(argv: readonly string[]): SimulatorOptions | undefined {
  const values = parsed(argv)
  if (values.help === true) return undefined
  const delay = values['capture-delay']
  return withoutUndefined({
    port: numberFrom('port', values.port, 0, 65_535),
    host: values.host,
    dataFile: values.data,
    timeScale: numberFrom('time-scale', values['time-scale'], 0.001, 1_000_000),
    merchantCode: values['merchant-code'],
    username: values.username,
    password: values.password,
    captureDelay: delay === 'OFF' ? delay : numberFrom('capture-delay', delay, 0, 14, 'OFF or '),
    processingMs: numberFrom('processing-ms', values['processing-ms'], 0, 1e9),
    modifyMs: numberFrom('modify-ms', values['modify-ms'], 0, 1e9),
    inquiryLagMs: numberFrom('inquiry-lag-ms', values['inquiry-lag-ms'], 0, 1e9),
    notificationUrl: values['notification-url'],
    notificationUsername: values['notification-username'],
    notificationPassword: values['notification-password'],
    synchronousModifications: values.synchronous,
  })
}

const text = { type: 'string' } as const

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: false,
      options: {
        port: text,
        host: text,
        data: text,
        'time-scale': text,
        'merchant-code': text,
        username: text,
        password: text,
        'capture-delay': text,
        'processing-ms': text,
        'modify-ms': text,
        'inquiry-lag-ms': text,
        'notification-url': text,
        'notification-username': text,
        'notification-password': text,
        synchronous: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw failure(
      'CF_CONFIG',
      error instanceof Error ? error.message : 'the options cannot be read',
      {},
      error,
    )
  }
}

function numberFrom(
  name: string,
  value: string | undefined,
  least: number,
  most: number,
  or = '',
): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (value.trim() === '' || !(number >= least && number <= most)) {
    throw failure('CF_CONFIG', `--${name} is '${value}'; allowed is ${or}a number from ${least} to ${most}`)
  }
  return number
}

function withoutUndefined(values: Record<string, unknown>): SimulatorOptions {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** A second signal finds no listener and ends the process the hard way. */
function stopped(stop: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      process.off('SIGINT', finish)
      process.off('SIGTERM', finish)
      resolve()
    }
    process.once('SIGINT', finish)
    process.once('SIGTERM', finish)
    if (stop?.aborted === true) finish()
    stop?.addEventListener('abort', finish, { once: true })
  })
}
