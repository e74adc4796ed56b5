import { isEnd, operationStates } from '../../src/payment/operation-states.ts'
import { isCharge, type Operation, type Payment } from '../../src/payment/state.ts'
import { isReversed } from '../../src/payment/status.ts'
import type { Told } from './shop-database.ts'

/** One order of the PSP's ledger as its control interface tells it: amounts are digits. */
export interface PspOrder {
  readonly orderCode: string
  readonly executions: number
  readonly liveExecutions: number
  readonly authorisedMinor: string
  readonly liveMinor: string
  readonly lastEvent: string
}

/** The three books, and what payers were answered. */
export interface Books {
  readonly payments: readonly Payment[]
  readonly psp: readonly PspOrder[]
  readonly told: readonly Told[]
  /** The shop's last word about each order. */
  readonly shopStates: ReadonlyMap<string, string>
  /** Final statuses that a payer was shown, by payment. */
  readonly acknowledged: ReadonlyMap<string, string>
}

/** A place where the books do not agree. */
export interface Problem {
  readonly rule: string
  readonly order: string
  readonly payment: string
  readonly journal: string
  readonly psp: string
  readonly shop: string
}

/** Everything that does not agree once all is at rest; the rules are those of the invariants S1 to S5, L1 and L2. */
export function problems(books: Books): readonly Problem[] {
  const psp = new Map(books.psp.map((order) => [order.orderCode, order]))
  const told = Map.groupBy(books.told, ({ paymentId }) => paymentId)
  return [
    ...twiceLive(books.payments, psp),
    ...unknownToTheJournal(books),
    ...books.payments.flatMap((payment) => [
      ...unresolved(payment),
      ...otherThanAtThePsp(payment, psp),
      ...toldOtherwise(payment, told.get(payment.paymentId) ?? [], books.shopStates),
      ...shownOtherwise(payment, books.acknowledged),
    ]),
    ...forgotten(books),
  ]
}

/** S1: at most one live charge an order, counted at the PSP. */
function twiceLive(payments: readonly Payment[], psp: ReadonlyMap<string, PspOrder>): readonly Problem[] {
  return [...Map.groupBy(payments, ({ orderId }) => orderId)].flatMap(([order, list]) => {
    const charges = list.flatMap(({ operations }) => operations.filter((operation) => isCharge(operation)))
    const live = charges.filter(({ reference }) => (psp.get(reference)?.liveExecutions ?? 0) > 0)
    const count = live.reduce((sum, { reference }) => sum + (psp.get(reference)?.liveExecutions ?? 0), 0)
    const what = { order, payment: list.map(({ paymentId }) => paymentId).join(' '), shop: '' }
    const states = charges.map(({ state }) => state).join(' ')
    return count <= 1
      ? []
      : [{ rule: 'S1 one live charge an order', ...what, journal: states, psp: `${count} live` }]
  })
}

/** S2: whatever the PSP executed was written down before. */
function unknownToTheJournal({ payments, psp }: Books): readonly Problem[] {
  const known = new Set(payments.flatMap(({ operations }) => operations.map(({ reference }) => reference)))
  return psp.flatMap((order) => {
    const shown = { order: '', payment: order.orderCode, shop: '' }
    const executed = `${order.executions} executed, ${order.liveMinor} live`
    if (!known.has(order.orderCode))
      return [{ rule: 'S2 written down first', ...shown, journal: 'unknown', psp: executed }]
    return order.executions > 1
      ? [{ rule: 'S1 sent at most once', ...shown, journal: '', psp: executed }]
      : []
  })
}

/** L1: nothing stays in silence; what is not at its end is a case. */
function unresolved(payment: Payment): readonly Problem[] {
  if (payment.cases.length > 0) return []
  return payment.operations
    .filter(({ state }) => !isEnd(state))
    .map((operation) => problem('L1 final, or a case', payment, stateOf(payment, operation)))
}

/** S3 and S4: approved is live with the same amount, whatever is dead is not live; also where a case stands. */
function otherThanAtThePsp(payment: Payment, psp: ReadonlyMap<string, PspOrder>): readonly Problem[] {
  return payment.operations.flatMap((charge) => {
    if (!isCharge(charge) || !isEnd(charge.state)) return []
    const there = psp.get(charge.reference)
    const live = BigInt(there?.liveMinor ?? '0')
    const { authorizedMinor, voidedMinor, refundedMinor, refundingMinor } = payment.balances
    const expected =
      charge.state === 'approved' && !isReversed(payment, charge)
        ? authorizedMinor - voidedMinor - refundedMinor - refundingMinor
        : 0n
    const rule = operationStates[charge.state].live === 'no' ? 'S3 dead is not live' : 'S4 approved is live'
    const shown = there === undefined ? 'unknown' : `${live} live, ${there.lastEvent}`
    if (live !== expected)
      return [problem(rule, payment, `${stateOf(payment, charge)}, ${expected} live`, shown)]
    const same = charge.state !== 'approved' || BigInt(there?.authorisedMinor ?? '0') === charge.amountMinor
    return same ? [] : [problem('S4 the same amount', payment, String(charge.amountMinor), shown)]
  })
}

const TOLD_WHEN_PAID = ['paid', 'basket', 'mail']
const WORDS = [...TOLD_WHEN_PAID, 'cancelled', 'in-progress']

/** L2: paid is told once a key, and the shop's last word about a paid order is that. */
function toldOtherwise(
  payment: Payment,
  told: readonly Told[],
  shopStates: ReadonlyMap<string, string>,
): readonly Problem[] {
  const paid = payment.reached.includes('paid')
  const list: Problem[] = []
  for (const word of WORDS) {
    const times = told.filter(({ what }) => what === word).length
    const due = TOLD_WHEN_PAID.includes(word) && paid
    if (times > 1 || (due && times !== 1) || (TOLD_WHEN_PAID.includes(word) && !paid && times > 0))
      list.push(problem('L2 told once', payment, payment.status, '', `'${word}' ${times} times`))
  }
  const state = shopStates.get(payment.orderId) ?? 'unknown'
  if (payment.status === 'paid' && state !== 'paid')
    list.push(problem('L2 the last word', payment, payment.status, '', state))
  return list
}

/** S5: what a payer was shown as final stays so; only a payment that was paid can be given back later. */
function shownOtherwise(payment: Payment, acknowledged: ReadonlyMap<string, string>): readonly Problem[] {
  const shown = acknowledged.get(payment.paymentId)
  if (shown === undefined || shown === payment.status) return []
  const givenBack = shown === 'paid' && payment.operations.some(({ kind }) => kind === 'reversal')
  return givenBack
    ? []
    : [problem('S5 an end never changes', payment, `${payment.status}, shown as ${shown}`)]
}

/** A payment that anybody was told of is in the journal for ever (F9). */
function forgotten({ payments, acknowledged }: Books): readonly Problem[] {
  const known = new Set(payments.map(({ paymentId }) => paymentId))
  return [...acknowledged]
    .filter(([paymentId]) => !known.has(paymentId))
    .map(([payment, status]) => ({
      rule: 'F9 acknowledged is durable',
      order: '',
      payment,
      journal: `unknown, shown as ${status}`,
      psp: '',
      shop: '',
    }))
}

function stateOf(payment: Payment, { kind, reference, state }: Operation): string {
  const cases = payment.cases.map(({ reason }) => reason).join(' ')
  return `${kind} ${reference} ${state}${cases === '' ? '' : ` (case: ${cases})`}`
}

function problem(rule: string, payment: Payment, journal: string, psp = '', shop = ''): Problem {
  return { rule, order: payment.orderId, payment: payment.paymentId, journal, psp, shop }
}

const COLUMNS = ['rule', 'order', 'payment', 'journal', 'psp', 'shop'] as const
const ROWS_MAX = 40

/** The problems as a table of text. */
export function tableOf(list: readonly Problem[]): string {
  const rows = [COLUMNS, ...list.slice(0, ROWS_MAX).map((row) => COLUMNS.map((column) => row[column]))]
  const widths = COLUMNS.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join(' | ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n${list.length} problems`
}
