import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import { readMail, type Mail } from './mail-text.ts'

/** The shop's own mails have less than 4 kB. */
const MAIL_BYTES_MAX = 256 * 1024
/** What the page shows; older mails stay in the folder. */
const MAILS_SHOWN_MAX = 100
const SOCKET_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_MS = 2_000
/** What a mail server says that is shutting down (RFC 5321, 3.8). */
const AWAY = Object.assign(new Error('the mail server is away'), { responseCode: 421 })

/** A mail server that delivers nothing: it keeps every mail in a folder and shows it. */
export interface MailSink {
  readonly port: number
  /** Newest first. */
  mails(): Promise<readonly Mail[]>
  /** While it is away it refuses whoever wants to talk to it. The mails that it has stay. */
  setAway(away: boolean): void
  isAway(): boolean
  close(): Promise<void>
}

/** Listens on this machine only. Port 0 takes any free one. */
export async function startMailSink(folder: string, port: number = 0): Promise<MailSink> {
  await mkdir(folder, { recursive: true })
  let isAway = false
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAIL_BYTES_MAX,
    socketTimeout: SOCKET_TIMEOUT_MS,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onConnect: (_session, callback) => callback(isAway ? AWAY : null),
    onData: (stream, _session, callback) => {
      void accept(folder, stream, callback)
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  // From now on an error is that of one client's connection, such as a reset; it is no news of the sink.
  server.on('error', (error) => process.stderr.write(`mail sink: ${error.message}\n`))
  return {
    port: (server.server.address() as AddressInfo).port,
    mails: () => readAll(folder),
    setAway: (away) => {
      isAway = away
    },
    isAway: () => isAway,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The protocol's answer is a callback; a mail that could not be kept is refused, and its sender tries again. */
async function accept(
  folder: string,
  stream: SMTPServerDataStream,
  answer: (error?: Error | null) => void,
): Promise<void> {
  try {
    await keep(folder, stream)
    answer(null)
  } catch (error) {
    answer(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Stored by Message-ID, so that a mail that is sent twice is kept once; durable before it is accepted. */
async function keep(folder: string, stream: SMTPServerDataStream): Promise<void> {
  const chunks: Buffer[] = []
  // The stream must be read to its end even when it is too long; what is over the limit is thrown away.
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= MAIL_BYTES_MAX) chunks.push(chunk)
  }
  if (stream.sizeExceeded || bytes > MAIL_BYTES_MAX) {
    throw Object.assign(new Error(`a mail has at most ${MAIL_BYTES_MAX} bytes`), { responseCode: 552 })
  }
  const raw = Buffer.concat(chunks)
  const { messageId } = readMail(raw.toString('latin1'))
  const name = createHash('sha256')
    .update(messageId ?? raw)
    .digest('hex')
  const path = join(folder, `${name}.eml`)
  // Another node's sink may take the same mail for the same folder.
  const part = `${path}.${process.pid}.part`
  const file = await open(part, 'w', 0o600)
  try {
    await file.writeFile(raw)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
}

async function readAll(folder: string): Promise<readonly Mail[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml'))
  const mails: Mail[] = []
  for (const name of names) mails.push(readMail((await readFile(join(folder, name))).toString('latin1')))
  return mails.sort((a, b) => b.dateMs - a.dateMs).slice(0, MAILS_SHOWN_MAX)
}
