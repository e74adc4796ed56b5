import { failure } from '../errors.ts'
import type { StoredPayment } from '../journal/journal.ts'
import { addTotals, ledgerOf, type LedgerTotal } from '../settlement/ledger.ts'
import { missingFrom } from '../settlement/missing.ts'
import { newId } from '../world.ts'
import type { ClosedPage, CloseSettlementRequest, MissingSettlement } from './reconciliation.ts'
import { beforeNextTry, COMMIT_TRIES_MAX, commit } from './commit.ts'
import { eachOf, type EngineNode } from './node.ts'
import { readWhole } from './reconcile.ts'
import { accountsOf, isOfAccounts } from './settlement-accounts.ts'

const CLOSED_AT_ONCE = 8
const PAGE_MAX = 500
const DAY_MS = 86_400_000
/** An authorization can be captured a month after it was made; what is older has been looked at before. */
const LOOK_BACK_DAYS = 60
/** Whoever closes a period now may have a clock of their own. */
const CLOCKS_APART_MS = 60_000

/**
 * The end of a period: what happened longer before it than the provider takes to report it, and is in no report, gets
 * its case, once. Looks at one page of payments, newest first; whoever closes goes on at `next` until there is none.
 */
export async function closeSettlement(
  node: EngineNode,
  request: CloseSettlementRequest,
): Promise<ClosedPage> {
  const { gateway, account, untilMs, before, limit = PAGE_MAX } = request
  const { sinceMs = untilMs - LOOK_BACK_DAYS * DAY_MS } = request
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX) {
    throw failure('CF_QUERY', `limit: ${limit} must be a whole number from 1 to ${PAGE_MAX}`)
  }
  if (!(untilMs <= node.world.nowMs() + CLOCKS_APART_MS) || !(sinceMs < untilMs)) {
    throw failure('CF_QUERY', 'untilMs: a period ends at a time that is over, and after sinceMs')
  }
  const accounts = accountsOf(node, gateway, account, true)
  const beforeMs = untilMs - accounts.delayMs
  const page = await node.journal.list(before === undefined ? { limit } : { limit, before })
  const within = page.payments.filter(({ payment }) => payment.openedAtMs >= sinceMs)
  const looked = within.filter(
    ({ payment }) => payment.openedAtMs <= beforeMs && isOfAccounts(payment, accounts),
  )
  const missing: MissingSettlement[] = []
  let totals: readonly LedgerTotal[] = []
  await eachOf(looked, CLOSED_AT_ONCE, async (stored) => {
    const closed = await closePayment(node, stored, beforeMs)
    missing.push(...closed.missing)
    totals = addTotals(totals, closed.totals)
  })
  const { next, unreadable } = page
  const more = within.length === page.payments.length && next !== undefined
  return {
    looked: looked.length,
    missing,
    totals,
    ...(unreadable.length > 0 ? { unreadable } : {}),
    ...(more ? { next } : {}),
  }
}

interface Closed {
  readonly missing: readonly MissingSettlement[]
  readonly totals: readonly LedgerTotal[]
}

async function closePayment(
  node: EngineNode,
  { payment: { paymentId, orderId } }: StoredPayment,
  beforeMs: number,
): Promise<Closed> {
  for (let tries = 0; tries < COMMIT_TRIES_MAX; tries++) {
    const read = await readWhole(node, paymentId)
    if (read === undefined) continue
    const { session, book, history } = read
    const { totals } = ledgerOf(history)
    const closing = { beforeMs, nowMs: node.world.nowMs(), freshId: () => newId(node.world) }
    const found = missingFrom(session.payment, book, closing)
    const missing = found.map(({ reference, text }) => ({ paymentId, orderId, reference, text }))
    const events = found.flatMap(({ event }) => event ?? [])
    if (events.length === 0) return { missing, totals }
    try {
      const committed = await commit(node, session, events, undefined)
      if (committed.kind === 'committed') return { missing, totals }
    } catch (error) {
      // It may have been written: then the next look finds its case (F8).
      await beforeNextTry(node, tries, error)
    }
  }
  throw failure('CF_JOURNAL_CONFLICT', `payment ${paymentId} was written by others ${COMMIT_TRIES_MAX} times`)
}
