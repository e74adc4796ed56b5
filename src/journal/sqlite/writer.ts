import { parentPort, workerData } from 'node:worker_threads'
import { reasonOf } from '../../errors.ts'
import { BatchWriter, FatalJournalError } from './batch-writer.ts'
import { openForWriting } from './database.ts'
import { journalFailure } from './faults.ts'
import type { FromWriter, ToWriter, WriterData } from './messages.ts'
import { fileReserve } from './reserve.ts'

/** The thread that writes: a slow disk stops it, and not the event loop that answers payers. */

const port = parentPort
if (port === null) throw new Error('writer.ts is the entry of a worker thread')

const { path, reserveBytes } = workerData as WriterData
const send = (message: FromWriter): void => port.postMessage(message)

/** After this not one more message is handled, so that nothing is acknowledged after it. */
function end(message: FromWriter): void {
  send(message)
  port?.removeListener('message', handle)
  port?.close()
}

let writer: BatchWriter | undefined

function handle(message: ToWriter): void {
  if (writer === undefined) return
  try {
    if (message.kind === 'write') {
      send({ kind: 'written', results: writer.write(message.operations) })
      writer.checkpointIfLong()
    } else {
      writer.close()
      send({ kind: 'closed' })
      port?.close()
    }
  } catch (error) {
    // Anything else is a fault of this code: it ends the thread, and the main thread learns of that too.
    if (!(error instanceof FatalJournalError)) throw error
    end({ kind: 'disk-failed', text: error.message })
  }
}

try {
  const database = openForWriting(path)
  const reserve = fileReserve(path, reserveBytes)
  writer = new BatchWriter({ path, database, reserve, nowMs: Date.now })
  port.on('message', handle)
  send({ kind: 'ready' })
} catch (error) {
  end({ kind: 'not-started', code: journalFailure(error, path).code, text: `${path}: ${reasonOf(error)}` })
}
