import { errorRegistry, failure } from '../errors.ts'
import { parseMoney } from '../money/money.ts'
import type { CaseDetails, CaseInList, CaseList, Resolution } from '../server/api/case-schemas.ts'
import { jsonOf, showUnreadable } from './case-words.ts'
import { showAnswer, showAnswerLine, showResolution } from './case-answer-words.ts'
import { type Output, UnusableError } from './command.ts'
import type { ServerApi } from './server-api.ts'

/** What the server reads at once, at most. */
const PAGE_SIZE = 200

/** What `cases resolve` is asked for. */
export interface Wish {
  readonly id: string
  readonly action: string
  readonly why: string
  /** Of a refund, in major units, as it was typed. */
  readonly amount: string | undefined
}

/** The open cases of a running server, newest first; answers whether there are more. */
export async function listOfServer(
  api: ServerApi,
  limit: number,
  json: boolean,
  output: Output,
): Promise<boolean> {
  const found: CaseInList[] = []
  let unreadable: readonly string[] = []
  let next: string | undefined = ''
  while (next !== undefined && found.length <= limit) {
    const from: string = next === '' ? '' : `&before=${encodeURIComponent(next)}`
    const page = (await api.get(`/cases?limit=${PAGE_SIZE}${from}`)) as CaseList
    found.push(...page.cases)
    unreadable = page.unreadable ?? unreadable
    next = page.next
  }
  const shown = found.slice(0, limit)
  // Beside the answer, where a program reads that.
  for (const line of showUnreadable(unreadable)) output[json ? 'error' : 'out'](line)
  if (json) {
    output.out(jsonOf(shown))
    return false
  }
  if (shown.length === 0 && unreadable.length === 0) output.out('No cases: nothing waits for a person.')
  for (const one of shown) output.out(showAnswerLine(one))
  return found.length > limit
}

export async function showOfServer(api: ServerApi, id: string, json: boolean, output: Output): Promise<void> {
  const found = await caseOf(api, id)
  output.out(json ? jsonOf(found) : showAnswer(found))
}

/** Says what is to be done, under the name that the server knows the key by. */
export async function resolveAtServer(
  api: ServerApi,
  { id, action, why, amount }: Wish,
  json: boolean,
  output: Output,
): Promise<void> {
  const { paymentId, caseId, currency } = await caseOf(api, id)
  const money = amount === undefined ? undefined : parseMoney(amount, currency)
  const body = { action, why, ...(money === undefined ? {} : { amountMinor: String(money.amountMinor) }) }
  // The same for all tries of this call, so that it is done once.
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const answer = await told(() => api.post(`${pathOf(paymentId, caseId)}/resolutions`, body, headers))
  output.out(json ? jsonOf(answer) : showResolution(answer as Resolution))
}

/** By PAYMENT/CASE, or by the id of an open case alone. */
async function caseOf(api: ServerApi, id: string): Promise<CaseDetails> {
  const [paymentId = '', caseId] = id.split('/', 2)
  if (caseId !== undefined) return (await told(() => api.get(pathOf(paymentId, caseId)))) as CaseDetails
  const { cases } = (await told(() => api.get(`/cases?caseId=${encodeURIComponent(id)}`))) as CaseList
  const [found] = cases
  if (found === undefined) {
    throw failure('CF_CASE_UNKNOWN', `no open case has the id '${id}'; a closed one is shown by PAYMENT/CASE`)
  }
  return (await told(() => api.get(pathOf(found.paymentId, found.caseId)))) as CaseDetails
}

function pathOf(paymentId: string, caseId: string): string {
  return `/cases/${encodeURIComponent(paymentId)}/${encodeURIComponent(caseId)}`
}

/** What the server refuses by a code of ours is told with what to do about it. */
async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (thrown) {
    if (!(thrown instanceof UnusableError)) throw thrown
    const [code] = /\bCF_[A-Z_]+\b/.exec(thrown.message) ?? []
    const entry = Object.entries(errorRegistry).find(([name]) => name === code)?.[1]
    if (entry === undefined) throw thrown
    throw new UnusableError(`${thrown.message}. ${entry.remedy}`, { cause: thrown })
  }
}
