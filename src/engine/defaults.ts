import { httpTransport } from '../gateway/http-transport.ts'
import type { Transport } from '../gateway/transport.ts'
import type { LogLine } from './api.ts'

/** What production uses where the configuration says nothing: the only file of the engine that touches the outside. */
export function defaultTransport(): Transport {
  return httpTransport()
}

/** One line of JSON each on stderr. */
export function defaultLog(line: LogLine): void {
  process.stderr.write(`${JSON.stringify(line)}\n`)
}
