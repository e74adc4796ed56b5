import { setTimeout as sleep } from 'node:timers/promises'
import { createCounterfoil } from '../src/engine/counterfoil.ts'
import { httpTransport } from '../src/gateway/http-transport.ts'
import type { Journal } from '../src/journal/journal.ts'
import type { Payment } from '../src/payment/state.ts'
import { internalModule } from '../src/pipeline/module.ts'
import type { Shop } from '../src/shop/shop.ts'
import { newId, realWorld } from '../src/world.ts'
import { readBooks } from './books.ts'
import type { Contender } from './contender.ts'
import { benchCard, benchGateway, benchOrder, PAYER_IP, type Sold } from './sale.ts'
import type { Place } from './store.ts'

/** The whole engine: `pay` with the default pipelines, effects delivered to a shop in memory that answers at once. */
export async function startEngine(place: Place, paymentService: string): Promise<Contender> {
  const world = realWorld()
  const card = benchCard()
  const complaints: string[] = []
  const engine = createCounterfoil({
    journal: place.journal(),
    shop: instantShop(),
    modules: [internalModule('card', { gateway: benchGateway(paymentService) })],
    publicUrl: 'https://shop.example/pay',
    world,
    transport: httpTransport(),
    log: (line) => {
      complaints.push(line.message)
    },
  })
  await engine.start()
  return {
    sale: async () => {
      const id = newId(world)
      const { status } = await engine.pay({
        orderId: `order-${id}`,
        module: 'card',
        key: id,
        card,
        payerIp: PAYER_IP,
      })
      if (status !== 'paid')
        throw new Error(`a sale ended '${status}': ${complaints[0] ?? 'nothing was logged'}`)
    },
    settle: async () => {
      while (engine.inFlight > 0) await sleep(1)
    },
    stop: async () => {
      await engine.stop()
      if (complaints.length > 0) throw new Error(`the engine logged: ${complaints.slice(0, 3).join('; ')}`)
    },
    books: () => readBooks(place, authorisedMinorOf),
  }
}

/** One sale by an engine on this journal, from start to stop; its names. */
export async function sellOnce(journal: Journal, paymentService: string): Promise<Sold> {
  const engine = createCounterfoil({
    journal,
    shop: instantShop(),
    modules: [internalModule('card', { gateway: benchGateway(paymentService) })],
    publicUrl: 'https://shop.example/pay',
  })
  await engine.start()
  const key = newId(realWorld())
  const { id, operations } = await engine.pay({
    orderId: `order-${key}`,
    module: 'card',
    key,
    card: benchCard(),
    payerIp: PAYER_IP,
  })
  await engine.stop()
  return { paymentId: id, reference: operations[0]?.reference ?? '', key }
}

function authorisedMinorOf({ paymentId, status, work, balances }: Payment): bigint {
  if (status !== 'paid') throw new Error(`payment ${paymentId} is '${status}' in the journal`)
  if (work.some(({ state }) => state !== 'done')) throw new Error(`payment ${paymentId} has effects left`)
  return balances.authorizedMinor
}

function instantShop(): Shop {
  return {
    loadOrder: async (id) => benchOrder(id),
    markOrderPaid: async () => undefined,
    markPaymentCancelled: async () => undefined,
    markOrderInProgress: async () => undefined,
    deleteBasket: async () => undefined,
    sendOrderMail: async () => undefined,
    paymentChanged: async () => undefined,
  }
}
