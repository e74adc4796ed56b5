import type { Exchange } from '../src/gateway/gateway.ts'
import { httpTransport } from '../src/gateway/http-transport.ts'
import type { Payment } from '../src/payment/state.ts'
import { newId, realWorld } from '../src/world.ts'
import { readBooks } from './books.ts'
import type { Contender, Start } from './contender.ts'
import { commitsFor, type RecordedSale } from './recorded-sale.ts'
import { AMOUNT_MINOR, benchCard, benchGateway, benchOrder, CURRENCY, PAYER_IP } from './sale.ts'
import type { Place } from './store.ts'

/** A bare contender that makes the commits of a recorded sale. */
export function bareLike(sale: RecordedSale): Start {
  return (place, paymentService, salesMax) => startBare(sale, place, paymentService, salesMax)
}

/**
 * A sale without an engine: the same two commits that the engine makes on the payer's path, content and all, and between
 * them the same HTTP call with the same message. In SQLite the same writer thread makes them; in PostgreSQL each is one
 * statement. They are prepared before the clock runs; nothing is read, decided, folded or told.
 */
async function startBare(
  sale: RecordedSale,
  place: Place,
  paymentService: string,
  salesMax: number,
): Promise<Contender> {
  const world = realWorld()
  const transport = httpTransport()
  const exchangeFor = preparedExchange(paymentService)
  const prepared = Array.from({ length: salesMax }, () => {
    const names = { paymentId: newId(world), reference: newId(world), key: newId(world) }
    return { reference: names.reference, commits: commitsFor(sale, names) }
  })
  const writer = await place.bare()
  return {
    sale: async () => {
      const next = prepared.pop()
      if (next === undefined) throw new Error(`more than the ${salesMax} bare sales that were prepared`)
      await writer.append(next.commits[0])
      const sent = await transport.send(exchangeFor(next.reference), () => undefined)
      if (sent.kind !== 'answered') throw new Error(`a bare sale was not answered: ${sent.why}`)
      if (!Buffer.from(sent.answer.body).includes(APPROVED)) throw new Error('a bare sale was not approved')
      await writer.append(next.commits[1])
    },
    settle: async () => undefined,
    stop: async () => {
      await transport.close(0)
      await writer.close()
    },
    books: () => readBooks(place, authorisedMinorOf),
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
      leg: 1,
      browser: undefined,
      handover: undefined,
      mustAuthenticate: false,
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

function authorisedMinorOf({ paymentId, status, balances }: Payment): bigint {
  if (status !== 'paid') throw new Error(`the bare sale ${paymentId} has its first commit only`)
  return balances.authorizedMinor
}
