import assert from 'node:assert/strict'
import { join } from 'node:path'
import { sqliteJournalReader } from '../../src/journal/sqlite/index.ts'
import { isEnd } from '../../src/payment/operation-states.ts'
import { isCharge, type Payment } from '../../src/payment/state.ts'
import type { Demo, LedgerOrder } from './demo.ts'
import { END_WITHIN_MS, eventually } from './limits.ts'

const PAYMENTS_MAX = 1_000

/** All payments as they stand in the journal's file, read beside the process that owns it, or without one. */
export async function paymentsOf(demo: Demo, orderId?: string): Promise<readonly Payment[]> {
  const reader = await sqliteJournalReader(join(demo.dataFolder, 'payments.db'))
  try {
    const all = (await reader.list({ limit: PAYMENTS_MAX })).payments.map(({ payment }) => payment)
    return orderId === undefined ? all : all.filter((payment) => payment.orderId === orderId)
  } finally {
    await reader.close()
  }
}

/** Waits until the provider will not be asked about anything for a while: then the next request to it is the payer's. */
export async function untilNothingIsDueFor(demo: Demo, whileMs: number): Promise<void> {
  const reader = await sqliteJournalReader(join(demo.dataFolder, 'payments.db'))
  try {
    await eventually(`nothing is due within ${whileMs} ms`, 2 * END_WITHIN_MS, async () => {
      const byMs = Date.now() + whileMs
      const due = await reader.due({ nodeId: 'a reader', nowMs: byMs, deadBeforeMs: byMs, limit: 1 })
      return due.length === 0 ? true : undefined
    })
  } finally {
    await reader.close()
  }
}

export interface Expected {
  /** What the payer has paid in the end; 0 when nothing may be left at the provider. */
  readonly paidMinor: bigint
  /** Payments that the journal has for the order, the unpaid ones included. */
  readonly payments?: number
  /** Charges that ever were authorized at the provider; all but the paid one were given back. */
  readonly authorized?: number
}

/** Waits until an order's payments are at their ends, then compares what journal and ledger say of it. */
export async function assertBooks(demo: Demo, orderId: string, expected: Expected): Promise<void> {
  const { paidMinor, payments: count = 1, authorized = paidMinor > 0n ? 1 : 0 } = expected
  const payments = await eventually('the journal is at its end', END_WITHIN_MS, async () => {
    const all = await paymentsOf(demo, orderId)
    const open = all.some(({ operations }) => operations.some(({ state }) => !isEnd(state)))
    return open || all.length === 0 ? undefined : all
  })
  const ledger = await eventually('the provider has booked all', END_WITHIN_MS, async () => {
    const mine = ledgerOf(await demo.ledger(), payments)
    return sum(mine, 'liveMinor') === sum(mine, 'capturedMinor') ? mine : undefined
  })
  assert.equal(payments.length, count, 'payments in the journal')
  const paid = payments.filter(({ status }) => status === 'paid')
  assert.equal(paid.length, paidMinor > 0n ? 1 : 0, 'paid payments in the journal')
  for (const { balances, cases } of paid) {
    assert.equal(balances.capturedMinor + balances.capturingMinor, paidMinor, 'captured by the journal')
    assert.deepEqual(cases, [])
  }
  assert.equal(sum(ledger, 'liveMinor'), paidMinor, 'live in the ledger')
  const authorizations = ledger.flatMap(({ entries }) => entries).filter(({ kind }) => kind === 'authorised')
  assert.equal(authorizations.length, authorized, 'authorizations in the ledger')
  for (const { executions, entries } of ledger) {
    // A card that is refused on the provider's page is a try of its own, under the same code.
    const refused = entries.filter(({ kind }) => kind === 'refused').length
    assert.ok(executions - refused <= 1, 'each charge was executed once')
  }
}

/** Nothing is in the provider's ledger that the journal does not know. */
export async function assertNothingUnknown(demo: Demo): Promise<void> {
  const [ledger, payments] = [await demo.ledger(), await paymentsOf(demo)]
  assert.ok(ledger.length > 0, 'the ledger has something')
  assert.equal(
    ledgerOf(ledger, payments).length,
    ledger.length,
    'every order of the ledger is in the journal',
  )
}

function ledgerOf(ledger: readonly LedgerOrder[], payments: readonly Payment[]): readonly LedgerOrder[] {
  const charges = payments.flatMap(({ operations }) => operations.filter((operation) => isCharge(operation)))
  const references = new Set(charges.map(({ reference }) => reference))
  return ledger.filter(({ orderCode }) => references.has(orderCode))
}

function sum(ledger: readonly LedgerOrder[], name: 'liveMinor' | 'capturedMinor'): bigint {
  return ledger.reduce((total, order) => total + BigInt(order[name]), 0n)
}
