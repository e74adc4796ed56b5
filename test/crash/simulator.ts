import { join } from 'node:path'
import { startSimulator } from '../../src/simulators/index.ts'
import type { SimulatorSettings } from './settings.ts'

/* The PSP, in a process of its own: no crash of a server touches what it has charged. Prints its address. */

const { folder, timeScale, dedup } = JSON.parse(process.argv[2] ?? '') as SimulatorSettings
const simulator = await startSimulator({
  port: 0,
  dataFile: join(folder, 'worldpay.jsonl'),
  timeScale,
  dedup,
})
process.once('SIGTERM', () => {
  simulator.close().then(
    () => process.exit(0),
    (error: unknown) => {
      throw error
    },
  )
})
process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGKILL'))
process.stdout.write(`${simulator.url}\n`)
