import { parentPort, workerData } from 'node:worker_threads'
import { type Played, play, type Stretch } from './play.ts'
import { runSeed, SOUND } from './run.ts'

// As in main.ts.
Error.stackTraceLimit = 0

if (parentPort === null) throw new Error('this file is started as a thread')
const port = parentPort
const send = (played: Played): void => port.postMessage(played)
send(await play(runSeed, workerData as Stretch, SOUND))
