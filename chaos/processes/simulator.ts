import { ACCOUNT } from '../../examples/shop/payments.ts'
import { startSimulator } from '../../src/simulators/index.ts'
import { type SimulatorSettings, TIME_SCALE } from '../settings.ts'
import { endsWithItsParent } from './ending.ts'

/*
 * The provider, in a process of its own: no fault of ours touches what it has charged. It would execute a second request
 * with the same reference, so that sending one twice would show as money. Prints its address.
 */

const { dataFile, notificationUrl } = JSON.parse(process.argv[2] ?? '') as SimulatorSettings
const simulator = await startSimulator({
  ...ACCOUNT,
  port: 0,
  dataFile,
  notificationUrl,
  timeScale: TIME_SCALE,
  dedup: false,
})
endsWithItsParent(() => simulator.close())
process.stdout.write(`${simulator.url}\n`)
