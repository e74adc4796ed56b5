import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAtRest } from './at-rest.ts'
import { amountsAsText } from './remote-shop.ts'
import type { Journal, StoredAppend } from '../src/journal/journal.ts'
import { postgresJournal } from '../src/journal/postgres/index.ts'
import type { Payment } from '../src/payment/state.ts'
import { eventually } from '../demo/waiting.ts'
import type { Stage } from './stage.ts'

const PAGE_ROWS = 1_000
const LOOK_EVERY_MS = 500
const READ_TIMEOUT_MS = 30_000

/** One payment with all that was ever written down about it. */
export interface PaymentHistory {
  readonly payment: Payment
  readonly version: number
  readonly history: readonly StoredAppend[]
}

/** The journal as one more node would see it. */
export async function withJournal<T>(stage: Stage, work: (journal: Journal) => Promise<T>): Promise<T> {
  const journal = postgresJournal({ url: stage.cluster.primary.url(), readTimeoutMs: READ_TIMEOUT_MS })
  await journal.open({ nodeId: 'the-auditor' })
  try {
    return await work(journal)
  } finally {
    await journal.close()
  }
}

/** All payments, the first first. */
export async function readPayments(
  journal: Journal,
): Promise<readonly { readonly payment: Payment; readonly version: number }[]> {
  const all: { readonly payment: Payment; readonly version: number }[] = []
  for (let before: string | undefined; ; ) {
    const page = await journal.list({ limit: PAGE_ROWS, ...(before === undefined ? {} : { before }) })
    if (page.unreadable.length > 0) throw new Error(`cannot be read: ${page.unreadable.join(', ')}`)
    all.push(...page.payments)
    before = page.next
    if (before === undefined) return all.reverse()
  }
}

export async function readHistories(journal: Journal): Promise<readonly PaymentHistory[]> {
  const all: PaymentHistory[] = []
  for (const { payment, version } of await readPayments(journal)) {
    all.push({ payment, version, history: await journal.history(payment.paymentId) })
  }
  return all
}

/** Waits until nothing is left to do but what a person must do; names what is left when it takes longer. */
export async function untilAtRest(stage: Stage, withinMs: number): Promise<void> {
  let left: readonly string[] = []
  const look = async (journal: Journal): Promise<true | undefined> => {
    const pending = (await stage.ledger()).filter(({ pending }) => pending > 0)
    const restless = (await readPayments(journal)).filter(
      ({ payment }) => !isAtRest(payment, stage.cluster.nowMs()),
    )
    left = [
      ...pending.map(({ orderCode }) => `${orderCode} is under way at the provider`),
      ...restless.map(({ payment }) => inShort(payment, stage.cluster.nowMs())),
    ]
    return left.length === 0 ? true : undefined
  }
  try {
    await withJournal(stage, (journal) =>
      eventually('every payment is at its end or a case', withinMs, () => look(journal), LOOK_EVERY_MS),
    )
  } catch (error) {
    if (left.length === 0) throw error
    throw new Error(`${left.length} payments are neither at their end nor a case:\n${left.join('\n')}`, {
      cause: error,
    })
  }
}

/** What a payment still waits for, in one line. */
function inShort(
  { paymentId, module, owner, fence, status, operations, work, cases, pipelineEnded }: Payment,
  nowMs: number,
): string {
  const when = (atMs: number | undefined): string =>
    atMs === undefined ? 'nothing' : `${Math.round(atMs - nowMs)} ms`
  const waiting = [
    ...operations.map(({ kind, state, nextTryAtMs }) => `${kind} ${state}, waits for ${when(nextTryAtMs)}`),
    ...work
      .filter(({ state }) => state === 'due')
      .map(({ step, tries, nextTryAtMs }) => `${step} due in ${when(nextTryAtMs)}, tried ${tries} times`),
    ...(pipelineEnded ? [] : ['its pipeline has not ended']),
  ]
  const whose = `${owner}, fence ${fence}`
  return `${paymentId} by ${module}, ${status}, of ${whose}, ${cases.length} cases: ${waiting.join('; ')}`
}

/** All that the audit compared, for a person to look into. */
export function keepBooks(folder: string, books: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(books)) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(value, amountsAsText, 1))
  }
}
