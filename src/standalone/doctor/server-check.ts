import type { CheckedConfiguration } from '../check-configuration.ts'
import { type CheckResult, fail, ok, warn } from './check.ts'
import { askHttp } from './http-question.ts'
import { ownAddress } from './own-address.ts'

/** Whether the server of this configuration runs: `other` is somebody else on its port. */
export type ServerState = 'running' | 'silent' | 'other'

/** Asks the listen address whether it lives, and takes payments. */
export async function checkServer(
  configuration: CheckedConfiguration,
  signal: AbortSignal,
): Promise<{ readonly state: ServerState; readonly result: CheckResult }> {
  const address = ownAddress(configuration)
  const lives = await askHttp(`${address}/livez`, {}, signal)
  if ('why' in lives) {
    return { state: 'silent', result: ok(`not running on ${address}: what follows is tried without it`) }
  }
  if (lives.status !== 200 || !lives.body.includes('"live":true')) {
    const todo = 'Stop that program, or choose another listen.port.'
    return { state: 'other', result: fail(`another program answers on ${address}`, todo) }
  }
  const ready = await askHttp(`${address}/readyz`, {}, signal)
  const takes = 'status' in ready && ready.status === 200
  return {
    state: 'running',
    result: takes
      ? ok(`runs on ${address} and takes payments`)
      : warn(
          `runs on ${address} and takes no payments`,
          'Wait if it is starting or stopping; else read its log.',
        ),
  }
}
