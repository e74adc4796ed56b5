import { connect } from 'node:net'
import { DEFAULT_PORT, type Simulator } from '../../simulators/index.ts'
import type { CheckedConfiguration } from '../check-configuration.ts'
import { startSimulatorForALook } from '../own-simulator.ts'

const CONNECT_MS_MAX = 2_000

/** The configuration's simulator for as long as the doctor looks, where no server has started it. */
export class SimulatorForALook implements AsyncDisposable {
  readonly #configuration: CheckedConfiguration
  #started: Simulator | undefined

  constructor(configuration: CheckedConfiguration) {
    this.#configuration = configuration
  }

  async startUnlessThere(): Promise<void> {
    const { simulator } = this.#configuration
    if (simulator === undefined) return
    const { host = '127.0.0.1', port = DEFAULT_PORT } = simulator
    if (await listens(host, port)) return
    this.#started = await startSimulatorForALook(simulator)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started?.close()
  }
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS_MAX })
    const answer = (yes: boolean): void => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', () => answer(true))
    socket.once('timeout', () => answer(false))
    socket.once('error', () => answer(false))
  })
}
