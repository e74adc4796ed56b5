import { createReadStream, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import type { ClosedPage, LedgerTotal, ReconciledLine, SettlementLine } from '../engine/api.ts'
import { CounterfoilError, reasonOf } from '../errors.ts'
import { worldpaySettlement } from '../gateways/worldpay/settlement.ts'
import { checkedColumns, type ColumnMapping } from '../settlement/columns.ts'
import { readReport } from '../settlement/csv.ts'
import { type Output, UnusableError, UsageError } from './command.ts'
import { Progress, type ProgressOutput } from './progress.ts'
import { Findings } from './reconcile-words.ts'
import { apiKeyFrom, ServerApi } from './server-api.ts'

const EXIT_AGREES = 0
const EXIT_BREAKS = 1
const EXIT_COULD_NOT_RUN = 2

/** Lines of one request: short enough to be answered while payers are served. */
const LINES_AT_ONCE = 200
const COLUMNS_BYTES_MAX = 65_536

/** The layouts that are known without --columns. */
const LAYOUTS: Readonly<Record<string, ColumnMapping>> = { worldpay: worldpaySettlement }

const onStderr: ProgressOutput = {
  isTerminal: process.stderr.isTTY,
  write: (text) => void process.stderr.write(text),
}

/**
 * `counterfoil reconcile`: compares a settlement report with the journal of a running server. Exit code 0 when all
 * agrees, 1 when something waits for a person, 2 when it could not run to its end: then it can be run again.
 */
export async function reconcile(
  argv: readonly string[],
  output: Output,
  progressOutput: ProgressOutput = onStderr,
): Promise<number> {
  const options = {
    gateway: { type: 'string' },
    server: { type: 'string' },
    'key-file': { type: 'string' },
    columns: { type: 'string' },
    account: { type: 'string' },
    report: { type: 'string' },
    'period-end': { type: 'string' },
    since: { type: 'string' },
    json: { type: 'boolean' },
  } as const
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new UsageError('reconcile is called with one report')
  if (values.gateway === undefined) throw new UsageError('reconcile needs --gateway, such as worldpay')
  if (values.server === undefined) throw new UsageError('reconcile needs --server, the address of the server')
  const until = values['period-end'] === undefined ? undefined : timeOf('--period-end', values['period-end'])
  const since = values.since === undefined ? undefined : timeOf('--since', values.since)
  if (since !== undefined && until === undefined) throw new UsageError('--since goes with --period-end')
  const api = new ServerApi(values.server, apiKeyFrom(values['key-file']))
  const about = {
    gateway: values.gateway,
    ...(values.account === undefined ? {} : { account: values.account }),
  }
  const name = (values.report ?? basename(file)).slice(0, 100)
  const progress = new Progress(`counterfoil reconcile ${name}`, progressOutput)
  try {
    const columns = columnsFor(values.gateway, values.columns)
    const findings = await compare(file, columns, { ...about, report: name }, api, progress)
    if (until !== undefined)
      await close({ ...about, until, ...(since === undefined ? {} : { since }) }, findings, api)
    progress.end()
    output.out(values.json === true ? findings.json() : findings.text())
    return findings.agrees ? EXIT_AGREES : EXIT_BREAKS
  } catch (thrown) {
    progress.end()
    if (thrown instanceof CounterfoilError) {
      output.error(`counterfoil: ${thrown.code}: ${thrown.message}. ${thrown.remedy}`)
    } else if (thrown instanceof UnusableError) {
      output.error(`counterfoil: ${thrown.message}\nWhat was compared is written down: run it again.`)
    } else if (thrown instanceof Error && 'syscall' in thrown) {
      output.error(`counterfoil: the report cannot be read: ${thrown.message}`)
    } else {
      throw thrown
    }
    return EXIT_COULD_NOT_RUN
  }
}

interface About {
  readonly gateway: string
  readonly account?: string
}

/** Sends the report in batches. What cannot be read is told, and nothing of the others is lost by it. */
async function compare(
  file: string,
  columns: ColumnMapping,
  about: About & { readonly report: string },
  api: ServerApi,
  progress: Progress,
): Promise<Findings> {
  const findings = new Findings(about.report)
  const bytes = sizeOf(file)
  const stream = createReadStream(file)
  let batch: SettlementLine[] = []
  const send = async (): Promise<void> => {
    if (batch.length === 0) return
    const answer = await api.post('/settlements', { ...about, lines: batch.map(lineJson) })
    const { lines, totals } = answer as { lines: readonly ReconciledLine[]; totals: readonly TotalJson[] }
    findings.add(lines, totals.map(totalFrom))
    batch = []
    progress.show(stream.bytesRead / bytes, `${findings.lines} lines, ${findings.breaks.count} breaks`)
  }
  try {
    for await (const read of readReport(stream, columns)) {
      if (read.kind === 'bad') findings.addBad(read)
      else if (read.kind === 'ignored') findings.ignored++
      else batch.push(read.line)
      if (batch.length >= LINES_AT_ONCE) await send()
    }
    await send()
  } finally {
    stream.destroy()
  }
  return findings
}

/** Lines that could not be read would be missing: the period stays open until they can. */
async function close(
  request: About & { readonly until: string; readonly since?: string },
  findings: Findings,
  api: ServerApi,
): Promise<void> {
  if (findings.unreadable.count > 0) {
    findings.isLeftOpen = true
    return
  }
  let next: string | undefined
  do {
    const body = next === undefined ? request : { ...request, before: next }
    const page = (await api.post('/settlements/period-end', body)) as PageJson
    findings.close({ ...page, totals: page.totals.map(totalFrom) })
    next = page.next
  } while (next !== undefined)
}

interface TotalJson extends Omit<LedgerTotal, 'amountMinor'> {
  readonly amountMinor: string
}
type PageJson = Omit<ClosedPage, 'totals'> & { readonly totals: readonly TotalJson[] }

function totalFrom({ amountMinor, ...total }: TotalJson): LedgerTotal {
  return { ...total, amountMinor: BigInt(amountMinor) }
}

function lineJson({ atMs, amountMinor, feeMinor, ...line }: SettlementLine): object {
  const money = { amountMinor: amountMinor.toString(), feeMinor: feeMinor.toString() }
  return { ...line, ...money, at: new Date(atMs).toISOString() }
}

function columnsFor(gateway: string, file: string | undefined): ColumnMapping {
  const known = Object.hasOwn(LAYOUTS, gateway) ? LAYOUTS[gateway] : undefined
  if (file === undefined && known !== undefined) return known
  if (file === undefined) throw new UsageError(`the layout of '${gateway}' is not known: give --columns FILE`)
  if (sizeOf(file) > COLUMNS_BYTES_MAX)
    throw new UnusableError(`${file} is longer than ${COLUMNS_BYTES_MAX} bytes`)
  let given: unknown
  try {
    given = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UnusableError(`${file} is no JSON: ${reasonOf(error)}`)
  }
  return checkedColumns(given)
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch (error) {
    throw new UnusableError(`${file} cannot be read: ${reasonOf(error)}`)
  }
}

/** A day is its beginning, in UTC. */
function timeOf(option: string, text: string): string {
  const isTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(
    text,
  )
  const atMs = isTime ? Date.parse(text) : Number.NaN
  if (Number.isNaN(atMs)) throw new UsageError(`${option} is a day or a time such as 2026-02-01T00:00:00Z`)
  return new Date(atMs).toISOString()
}
