import { join } from 'node:path'
import type { Exchange } from '../src/gateway/gateway.ts'
import { httpTransport } from '../src/gateway/http-transport.ts'
import type { Change } from '../src/journal/journal.ts'
import { sqliteJournal } from '../src/journal/sqlite/index.ts'
import { NO_BALANCES } from '../src/payment/balances.ts'
import type { PaymentEvent } from '../src/payment/events.ts'
import type { Payment } from '../src/payment/state.ts'
import { newId, realWorld } from '../src/world.ts'
import { readBooks } from './books.ts'
import type { Contender } from './contender.ts'
import { AMOUNT_MINOR, benchCard, benchGateway, benchOrder, CURRENCY, PAYER_IP } from './sale.ts'

/**
 * The least that a sale can cost: the same two group commits by the same writer thread, of one small event each, and
 * between them the same HTTP call with the same message. No engine, no order record, nothing is read or decided.
 */
export async function startBare(folder: string, paymentService: string): Promise<Contender> {
  const path = join(folder, 'payments.db')
  const world = realWorld()
  const journal = sqliteJournal(path)
  const transport = httpTransport()
  const exchangeFor = preparedExchange(paymentService)
  await journal.open({ nodeId: world.nodeId })
  const append = async (change: Change): Promise<void> => {
    const verdict = await journal.append(change)
    if (verdict.kind !== 'committed') throw new Error(`a bare commit met a conflict on its ${verdict.on}`)
  }
  return {
    sale: async () => {
      const id = newId(world)
      const nowMs = world.nowMs()
      await append(changeOf(id, 0, nowMs))
      const sent = await transport.send(exchangeFor(id), () => undefined)
      if (sent.kind !== 'answered') throw new Error(`a bare sale was not answered: ${sent.why}`)
      if (!Buffer.from(sent.answer.body).includes(APPROVED)) throw new Error('a bare sale was not approved')
      await append(changeOf(id, 1, nowMs))
    },
    settle: async () => undefined,
    stop: async () => {
      await transport.close(0)
      await journal.close()
    },
    books: () => readBooks(path, authorisedMinorOf),
  }
}

const APPROVED = '<lastEvent>AUTHORISED</lastEvent>'
const PLACEHOLDER = '00000000-0000-7000-8000-000000000000'

/** The engine's own message, built once; only the order code in it is new each time. */
function preparedExchange(paymentService: string): (reference: string) => Exchange {
  const order = benchOrder(`order-${PLACEHOLDER}`)
  const sale = benchGateway(paymentService).operations.sale
  if (sale === undefined) throw new Error('the gateway has no sale')
  const prepared = sale.build(
    {
      reference: PLACEHOLDER,
      kind: 'sale',
      amountMinor: AMOUNT_MINOR,
      currency: CURRENCY,
      orderId: order.id,
      description: order.description,
      payer: order.payer,
      payerIp: PAYER_IP,
      target: undefined,
    },
    { card: benchCard() },
  )
  const parts = prepared.body.split(PLACEHOLDER)
  return (reference) => ({ ...prepared, body: parts.join(reference) })
}

const OPENED: Omit<Payment, 'paymentId' | 'orderId' | 'key'> = {
  token: '',
  orderVersion: '',
  module: 'card',
  amountMinor: AMOUNT_MINOR,
  currency: CURRENCY,
  fingerprint: '',
  paidWhen: 'authorized',
  predecessor: undefined,
  openedAtMs: 0,
  owner: 'bare',
  fence: 1,
  steps: [],
  completed: [],
  started: [],
  values: {},
  refusal: undefined,
  pipelineEnded: true,
  operations: [],
  balances: NO_BALANCES,
  status: 'started',
  reached: [],
  work: [],
  cases: [],
}
const EVENTS: readonly PaymentEvent[] = [{ type: 'pipeline-ended' }]

function changeOf(paymentId: string, expectedVersion: 0 | 1, atMs: number): Change {
  const status = expectedVersion === 0 ? 'started' : 'paid'
  return {
    payment: {
      paymentId,
      expectedVersion,
      expectedFence: expectedVersion,
      events: EVENTS,
      snapshot: { ...OPENED, paymentId, orderId: paymentId, key: paymentId, status },
      references: [],
      dueAtMs: undefined,
      attended: false,
      atMs,
    },
  }
}

function authorisedMinorOf({ paymentId, status, amountMinor }: Payment): bigint {
  if (status !== 'paid') throw new Error(`the bare sale ${paymentId} has its first commit only`)
  return amountMinor
}
