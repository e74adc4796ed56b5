import { readFileSync, renameSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { reasonOf } from '../errors.ts'
import { copyJournal } from '../journal/copy.ts'
import { type Output, UnusableError, UsageError } from './command.ts'
import { openJournalFile } from './journal-file.ts'
import { Progress, type ProgressOutput } from './progress.ts'

/** Where the address of the database is read from: as an argument its password could be seen by every user. */
const ADDRESS_VARIABLE = 'COUNTERFOIL_DATABASE_URL'
const ADDRESS_BYTES_MAX = 4_096
/** What the file is called afterwards, so that no server is started on it by mistake. */
const MOVED_SUFFIX = '.moved'

const onStderr: ProgressOutput = {
  isTerminal: process.stderr.isTTY,
  write: (text) => void process.stderr.write(text),
}

/** `counterfoil journal copy FILE`: moves the journal of a stopped server to PostgreSQL. Interrupted, it can be run again. */
export async function journal(
  argv: readonly string[],
  output: Output,
  progressOutput: ProgressOutput = onStderr,
): Promise<number> {
  // Any other complaint would repeat it, password and all.
  if (argv.some((word) => /postgres(?:ql)?:/i.test(word))) {
    throw new UsageError(
      `the address of the database is no argument: put it into a file, or ${ADDRESS_VARIABLE}`,
    )
  }
  const options = { 'to-file': { type: 'string' }, schema: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options })
  const [what, file, ...more] = positionals
  if (what !== 'copy' || file === undefined || more.length > 0) {
    throw new UsageError('journal is called as journal copy FILE')
  }
  const url = addressFrom(values['to-file'])
  // Looked at before anything is owned: a file that is missing or no journal is told in its own words.
  await (await openJournalFile(file)).close()
  const { sqlitePages } = await import('../journal/sqlite/pages.ts')
  const { postgresCopy } = await import('../journal/postgres/copy-target.ts')
  const progress = new Progress(`counterfoil journal copy ${file}`, progressOutput)
  const source = sqlitePages(file)
  try {
    const schema = values.schema === undefined ? {} : { schema: values.schema }
    const target = await postgresCopy({ url, ...schema })
    try {
      const size = await copyJournal(source, target, ({ what: doing, done, all }) =>
        progress.show(all === 0 ? 1 : done / all, `${doing} ${done} of ${all}`),
      )
      progress.end()
      output.out(
        `copied and compared: ${size.payments} payments, ${size.orders} orders, ${size.inbox} notifications\n` +
          `to: ${target.name}`,
      )
    } finally {
      await target.close()
    }
  } finally {
    progress.end()
    source.close()
  }
  renameSync(file, `${file}${MOVED_SUFFIX}`)
  output.out(
    `${file} is called ${file}${MOVED_SUFFIX} now: two journals of the same payments must not both be used.`,
  )
  return 0
}

function addressFrom(file: string | undefined): string {
  const address = file === undefined ? process.env[ADDRESS_VARIABLE] : textOf(file)
  if (address === undefined || address === '') {
    throw new UsageError(
      `journal copy needs --to-file FILE with the address of the database, or ${ADDRESS_VARIABLE}`,
    )
  }
  return address
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > ADDRESS_BYTES_MAX) throw new Error('it is too long for an address')
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UnusableError(`--to-file ${file}: ${reasonOf(error)}`, { cause: error })
  }
}
