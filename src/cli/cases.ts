import { parseArgs } from 'node:util'
import { listOfJournal, showOfJournal } from './cases-of-journal.ts'
import { listOfServer, resolveAtServer, showOfServer } from './cases-of-server.ts'
import { type Output, UsageError } from './command.ts'
import { openJournalFile } from './journal-file.ts'
import { apiKeyFrom, ServerApi } from './server-api.ts'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 1000

type Call =
  | { readonly verb: 'list' }
  | { readonly verb: 'show'; readonly id: string }
  | { readonly verb: 'resolve'; readonly id: string; readonly action: string }

/**
 * `counterfoil cases`: what a person must decide. Of a running server, by its API; or read from the file of a journal
 * on this machine, beside the server that owns it. Who resolves a case is who the server knows the key by.
 */
export async function cases(argv: readonly string[], output: Output): Promise<number> {
  const options = {
    server: { type: 'string' },
    'key-file': { type: 'string' },
    journal: { type: 'string' },
    limit: { type: 'string' },
    why: { type: 'string' },
    amount: { type: 'string' },
    json: { type: 'boolean' },
  } as const
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options })
  const call = callOf(positionals)
  const limit = limitOf(values.limit)
  const json = values.json === true
  if (call.verb !== 'resolve' && (values.why ?? values.amount) !== undefined) {
    throw new UsageError('--why and --amount go with resolve')
  }
  if (values.server === undefined) {
    if (call.verb === 'resolve') throw new UsageError('cases resolve needs --server URL')
    await ofJournal(call, values.journal, limit, json, output)
    return 0
  }
  if (values.journal !== undefined) throw new UsageError('cases takes --server or --journal, not both')
  if (call.verb === 'resolve' && values.why === undefined) {
    throw new UsageError('cases resolve needs --why TEXT: it stands in the journal')
  }
  const api = new ServerApi(values.server, apiKeyFrom(values['key-file']))
  if (call.verb === 'resolve') {
    await resolveAtServer(api, { ...call, why: values.why ?? '', amount: values.amount }, json, output)
  } else if (call.verb === 'show') {
    await showOfServer(api, call.id, json, output)
  } else {
    tellOfMore(await listOfServer(api, limit, json, output), output)
  }
  return 0
}

function callOf([verb, id, action, ...more]: readonly string[]): Call {
  if (verb === 'list' && id === undefined) return { verb }
  if (verb === 'show' && id !== undefined && action === undefined) return { verb, id }
  if (verb === 'resolve' && id !== undefined && action !== undefined && more.length === 0)
    return { verb, id, action }
  throw new UsageError(
    "cases is called with 'list', with 'show' and the id of a case, or with 'resolve', the id and an action",
  )
}

async function ofJournal(
  call: Exclude<Call, { verb: 'resolve' }>,
  file: string | undefined,
  limit: number,
  json: boolean,
  output: Output,
): Promise<void> {
  if (file === undefined) throw new UsageError('cases needs --server URL, or --journal FILE')
  const reader = await openJournalFile(file)
  try {
    if (call.verb === 'show') await showOfJournal(reader, call.id, json, output)
    else tellOfMore(await listOfJournal(reader, limit, json, output), output)
  } finally {
    await reader.close()
  }
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? LIMIT_DEFAULT : Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new UsageError(`--limit is a whole number from 1 to ${LIMIT_MAX}`)
  }
  return limit
}

function tellOfMore(isMore: boolean, output: Output): void {
  if (isMore) output.out(`There are more: give --limit, at most ${LIMIT_MAX}.`)
}
