import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { failure } from '../../errors.ts'
import { type CheckResult, type DoctorCheck, fail, ok } from './check.ts'

export interface SmtpGreetingOptions {
  readonly host: string
  /** Default: 25, or 465 with `tls`. */
  readonly port?: number
  /** TLS from the first byte. STARTTLS comes after the greeting, and is not tried. */
  readonly tls?: boolean
  /** From connecting to the greeting's end, at most 15,000. Default: 5,000. */
  readonly timeoutMs?: number
}

const GREETING_BYTES_MAX = 4_096
const TIMEOUT_MS = 5_000
const TIMEOUT_MS_MAX = 15_000

/**
 * A check of the mail server that the shop sends by: it must greet. Nothing is sent but a farewell.
 *
 * @throws CF_CONFIG for a wrong option.
 * @example
 * export default { ..., checks: [smtpGreeting({ host: 'mail.example', port: 587 })] } satisfies ServerConfiguration
 */
export function smtpGreeting(options: SmtpGreetingOptions): DoctorCheck {
  const { host, tls = false, port = tls ? 465 : 25, timeoutMs = TIMEOUT_MS } = options
  if (typeof host !== 'string' || host === '')
    throw failure('CF_CONFIG', 'smtpGreeting: host must be a name or an address')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw failure('CF_CONFIG', 'smtpGreeting: port must be a whole number from 1 to 65535')
  }
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > TIMEOUT_MS_MAX) {
    throw failure('CF_CONFIG', `smtpGreeting: timeoutMs must be a whole number from 1 to ${TIMEOUT_MS_MAX}`)
  }
  return {
    name: 'mail',
    run: (signal) => {
      const name = isIP(host) === 0 ? { servername: host } : {}
      const socket = tls ? connectTls({ host, port, ...name }) : connectPlain({ host, port })
      return greeting(socket, `${host}:${port}`, timeoutMs, signal)
    },
  }
}

function greeting(
  socket: Socket,
  where: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  return new Promise((resolve) => {
    let text = ''
    const end = (result: CheckResult): void => {
      clearTimeout(timeout)
      signal.removeEventListener('abort', late)
      // Whatever the connection still has to say, an error after the farewell included, is no news.
      socket.on('error', () => undefined)
      socket.end('QUIT\r\n', () => socket.destroySoon())
      resolve(result)
    }
    const broken = (why: string): void => {
      socket.destroy()
      end(fail(`${where}: ${why}`, 'Look at host and port, and whether the mail server runs.'))
    }
    const late = (): void => broken(`no greeting within ${timeoutMs} ms`)
    const timeout = setTimeout(late, timeoutMs)
    signal.addEventListener('abort', late, { once: true })
    socket.once('error', (error) => broken(error.message))
    socket.once('end', () => broken('the connection ended without a greeting'))
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
      // `220-` has more lines to come, `220 ` is the last one (RFC 5321, 4.2).
      const last = /^(\d{3}) [^\r\n]*\r?\n/m.exec(text)
      if (last === null && text.length < GREETING_BYTES_MAX) return
      if (last?.[1] === '220') return end(ok(`${where} greets`))
      broken(`it says '${text.slice(0, 80).trim()}' where it should greet with 220`)
    })
  })
}
