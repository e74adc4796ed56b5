import { join } from 'node:path'
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulators/index.ts'
import type { CheckedConfiguration } from './check-configuration.ts'

/** The file of the data folder in which the simulator keeps its ledger over restarts. */
const LEDGER_FILE = 'simulator.jsonl'

/** Starts the simulated provider that the configuration has, calling back to the server's own address. */
export async function startOwnSimulator(configuration: CheckedConfiguration): Promise<Simulator | undefined> {
  const { simulator, dataFolder } = configuration
  if (simulator === undefined) return undefined
  return startSimulator({
    dataFile: join(dataFolder, LEDGER_FILE),
    ...calling(configuration),
    ...simulator,
  })
}

/** The same with nothing kept and nobody called, for a look at the configuration beside which no server runs. */
export async function startSimulatorForALook(simulator: SimulatorOptions): Promise<Simulator> {
  const { dataFile: _, ...options } = simulator
  return startSimulator({ ...options, notificationUrl: '' })
}

function calling({ modules, publicUrl }: CheckedConfiguration): Pick<SimulatorOptions, 'notificationUrl'> {
  const path = modules.find(({ gateway }) => gateway.notification !== undefined)?.gateway.notification?.path
  return path === undefined ? {} : { notificationUrl: `${publicUrl}/notifications/${path}` }
}
