import { startSimulator } from '../src/simulators/index.ts'
import { MERCHANT } from './merchant.ts'

/**
 * The provider of the bench, in a process of its own as a real one is: both contenders talk to it over HTTP. It ends
 * with whoever started it.
 */
const simulator = await startSimulator({ ...MERCHANT, port: 0 })
process.once('disconnect', () => {
  void simulator.close()
})
process.send?.(simulator.worldpayUrls)
