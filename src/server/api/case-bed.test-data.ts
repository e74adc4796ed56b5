// No tests stand here: the real engine with cases in its journal, behind the real API.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Counterfoil } from '../../engine/api.ts'
import { createCounterfoil } from '../../engine/counterfoil.ts'
import type { Exchange, Gateway, GatewayOperation, Outcome } from '../../gateway/gateway.ts'
import { encodeChange } from '../../journal/encoded-change.ts'
import { MemoryStore, memoryJournal } from '../../journal/memory/index.ts'
import type { Case, Operation, Payment } from '../../payment/state.ts'
import { internalModule } from '../../pipeline/module.ts'
import { memoryOrderBook } from '../../shop/order-book/memory.ts'
import {
  following,
  opening,
  orderChange,
  SAMPLE_AT_MS,
  samplePayment,
} from '../../testkit/journal-samples.ts'
import { http } from '../http.ts'

export const KEYS = {
  ann: 'the-key-of-ann-who-looks-after-cases-00',
  bob: 'the-key-of-bob-who-looks-after-cases-00',
  'web-shop': 'the-key-of-the-shop-that-hands-over-00',
} as const
export type Caller = keyof typeof KEYS

export interface CaseBed extends AsyncDisposable {
  readonly cf: Counterfoil
  /** Where the API's own path begins. */
  readonly url: string
  /** What was sent to the provider. */
  readonly sent: string[]
  /** Writes something that is no payment in the place of one. */
  damage(paymentId: string): void
  ask(
    caller: Caller,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
    // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  ): Promise<{ readonly status: number; readonly json: any }>
}

const exchange = (body: string): Exchange => ({
  movesMoney: true,
  method: 'POST',
  url: 'https://psp.example/',
  headers: {},
  body,
  timeoutMs: 20_000,
  answerBytesMax: 1_000,
})

function accepted({ reference, amountMinor, currency }: GatewayOperation): Outcome {
  return { kind: 'accepted', text: 'received', echo: { reference, amountMinor, currency } }
}

const answered = (kind: string) => ({
  build: () => exchange(kind),
  read: (_: unknown, operation: GatewayOperation) => accepted(operation),
})

const gateway: Gateway = {
  name: 'example',
  account: 'EXAMPLESHOP',
  capabilities: {
    dedupByReference: true,
    inquiryByReference: true,
    inquiryLagMs: 0,
    reversalByReference: true,
    maxProcessingMs: 20_000,
    maxDeliveryMs: 1_000,
    delayedCapture: false,
    echoes: [],
  },
  operations: { sale: answered('sale'), refund: answered('refund'), reversal: answered('reversal') },
  inquire: { build: () => exchange('inquiry'), read: () => ({ kind: 'unavailable', text: 'later' }) },
  unrepresentable: () => undefined,
  scrub: (text) => text,
}

function sampleCase(caseId: string, reason: string, reference: string): Case {
  const text = 'sale of 1999 GBP (minor units): nobody answers'
  return { caseId, reason, reference, text, atMs: SAMPLE_AT_MS }
}

/** A paid one that somebody else has changed, one in doubt, and one whose mail was given up. */
function payments(): readonly [orderState: 'held' | 'claimed', payment: Payment][] {
  const rest: Partial<Payment> = {
    pipelineEnded: true,
    values: {},
    reached: ['paid'],
    work: [],
    status: 'paid',
  }
  const { operations, balances, work } = samplePayment('x')
  const [sale] = operations as readonly [Operation]
  const of = (reference: string, changes: Partial<Operation> = {}): Operation => ({
    ...sale,
    reference,
    ...changes,
  })
  const inDoubt = of('ref-0002', { state: 'intended', inDoubtSinceMs: SAMPLE_AT_MS, evidence: undefined })
  const [mail] = work.slice(-1)
  const parked =
    mail === undefined ? [] : [{ ...mail, key: 'p3:statusOk:send-order-mail', state: 'parked' as const }]
  return [
    [
      'claimed',
      samplePayment('p1', {
        ...rest,
        operations: [of('ref-0001')],
        balances: { ...balances, capturingMinor: 0n, capturedMinor: 1999n },
        cases: [sampleCase('case-1', 'changed-elsewhere', 'ref-0001')],
      }),
    ],
    [
      'held',
      samplePayment('p2', {
        ...rest,
        status: 'in-progress',
        reached: [],
        operations: [inDoubt],
        balances: { ...balances, authorizedMinor: 0n, capturingMinor: 0n },
        cases: [sampleCase('case-2', 'doubt-unresolved', 'ref-0002')],
      }),
    ],
    [
      'claimed',
      samplePayment('p3', {
        ...rest,
        operations: [of('ref-0003')],
        work: parked,
        cases: [
          {
            caseId: 'p3:statusOk:send-order-mail',
            reason: 'effect-parked',
            reference: undefined,
            text: 'given up',
            atMs: SAMPLE_AT_MS,
          },
        ],
      }),
    ],
  ]
}

function damage(store: MemoryStore, paymentId: string): void {
  const { payment, version = 0 } = store.read(paymentId) ?? {}
  const change = encodeChange(following(paymentId, version, payment, { expectedFence: payment?.fence ?? 0 }))
  if (change.payment === undefined) throw new Error(`no payment ${paymentId}`)
  store.applyEncoded({ ...change, payment: { ...change.payment, snapshot: '{' } })
}

/** The API on a real port of this machine. */
export async function caseBed(): Promise<CaseBed> {
  const store = new MemoryStore()
  const seed = memoryJournal({ store })
  await seed.open({ nodeId: 'seed' })
  for (const [state, payment] of payments()) {
    const { paymentId, orderId } = payment
    const references = payment.operations.map(({ reference }) => reference)
    await seed.append({
      ...opening(paymentId, payment, { references }),
      order: orderChange(orderId, 0, { state, paymentId, lastPaymentId: paymentId }),
    })
  }
  await seed.close()
  let server: ReturnType<typeof http> | undefined
  const host = createServer((request, response) => server?.node(request, response))
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}/pay`
  const sent: string[] = []
  const done = async (): Promise<void> => undefined
  const cf = createCounterfoil({
    journal: memoryJournal({ store }),
    publicUrl: url,
    log: () => undefined,
    modules: [internalModule('card', { gateway })],
    transport: {
      close: done,
      send: async ({ body }) => {
        sent.push(body)
        return { kind: 'answered', answer: { status: 200, headers: {}, body: new Uint8Array() } }
      },
    },
    shop: {
      loadOrder: async (id) => ({ id, amountMinor: 1999n, currency: 'GBP', description: 'Tea', lines: [] }),
      markOrderPaid: done,
      markPaymentCancelled: done,
      markOrderInProgress: done,
      deleteBasket: done,
      sendOrderMail: done,
      paymentChanged: done,
    },
  })
  await cf.start()
  const key = (name: Caller) => ({ reveal: () => KEYS[name] })
  const made = http(cf, {
    secret: 'a secret of thirty-two bytes or more',
    log: () => undefined,
    api: {
      orders: memoryOrderBook(),
      keys: [{ client: 'web-shop', secret: key('web-shop') }],
      operators: [
        { name: 'ann', secret: key('ann') },
        { name: 'bob', secret: key('bob') },
      ],
    },
  })
  server = made
  const ask: CaseBed['ask'] = async (caller, method, path, body, headers = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${KEYS[caller]}`, ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, json: text === '' ? undefined : JSON.parse(text) }
  }
  return {
    cf,
    url,
    sent,
    damage: (paymentId) => damage(store, paymentId),
    ask,
    [Symbol.asyncDispose]: async () => {
      host.closeAllConnections()
      await made.close()
      await cf.stop()
      await new Promise((resolve) => host.close(resolve))
    },
  }
}
