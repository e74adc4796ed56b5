import { parentPort, workerData } from 'node:worker_threads'
import { BookWriter } from './book-writer.ts'
import { bookFailure, isDiskError, openForWriting } from './database.ts'
import type { FromWriter, ToWriter, WriterData } from './messages.ts'

/** The thread that writes: a slow disk stops it, and not the event loop that answers payers. */

const port = parentPort
if (port === null) throw new Error('writer.ts is the entry of a worker thread')

const { path } = workerData as WriterData
const send = (message: FromWriter): void => port.postMessage(message)
const textOf = (error: unknown): string => bookFailure(error, path).message

/** After this not one more message is handled. */
function end(text: string): void {
  send({ kind: 'ended', text })
  port?.removeListener('message', handle)
  port?.close()
}

let writer: BookWriter | undefined

function handle(message: ToWriter): void {
  if (writer === undefined) return
  try {
    if (message.kind === 'write') {
      send({ kind: 'written', verdicts: writer.write(message.bookings) })
    } else {
      writer.close()
      send({ kind: 'closed' })
      port?.close()
      return
    }
  } catch (error) {
    if (isDiskError(error)) end(textOf(error))
    else send({ kind: 'failed', text: textOf(error) })
    return
  }
  copyLog(writer)
}

/** The batch is durable and answered: what the log's copy fails by, the next one tries again, unless the disk is gone. */
function copyLog(written: BookWriter): void {
  try {
    written.checkpointIfLong()
  } catch (error) {
    if (isDiskError(error)) end(textOf(error))
  }
}

try {
  writer = new BookWriter(openForWriting(path))
  port.on('message', handle)
  send({ kind: 'ready' })
} catch (error) {
  end(textOf(error))
}
