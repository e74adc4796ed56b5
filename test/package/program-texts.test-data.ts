/** What a consumer's compiler is shown: every entry, and the types that a shop meets first. */
export function consumerText(entries: readonly string[]): string {
  const all = entries.map((_, index) => `entry${index}`)
  return `import { type Counterfoil, CounterfoilError, createCounterfoil, internalModule, memoryJournal, money, type PaymentModule, type Shop, steps } from 'counterfoil'
import { http } from 'counterfoil/server'
${entries.map((entry, index) => `import * as entry${index} from '${entry}'`).join('\n')}
declare const gateway: PaymentModule['gateway']
const shop: Shop = { loadOrder: async (id) => ({ id, ...money(1999n, 'GBP'), description: 'Socks', lines: [] }) }
const tell = steps().effect('tell-warehouse', { run: async ({ key }) => key })
const card = internalModule('card', { gateway, pipelines: { statusOk: (p) => p.remove('delete-basket').append(tell) } })
// @ts-expect-error -- There is no such step.
internalModule('card', { gateway, pipelines: { statusOk: (p) => p.remove('delete-baskets') } })
export const cf: Counterfoil = createCounterfoil({ journal: memoryJournal(), shop, modules: [card], publicUrl: 'https://shop.example/pay' })
export const GET = (request: Request): Promise<Response> => http(cf, { secret: '' }).fetch(request, { address: '::1' })
export async function pay(): Promise<void> {
  try {
    const payment = await cf.pay({ orderId: '1', module: 'card', key: 'a-key-of-the-form' })
    switch (payment.next.kind) {
      case 'wait':
      case 'done':
      case 'redirect':
      case 'post-form':
        console.log(payment.next.statusUrl)
        break
      default:
        payment.next satisfies never
    }
  } catch (error) {
    if (error instanceof CounterfoilError && error.retry === 'later') console.log(error.code)
  }
}
console.log([${all.join(', ')}].length)
`
}

/** A program that pays with all that the package has: engine, journal, provider and simulator. */
export function payingText(kind: 'import' | 'require'): string {
  const names = {
    counterfoil: 'cardFrom, createCounterfoil, internalModule, memoryJournal, secret',
    'counterfoil/simulators': 'startSimulator',
    'counterfoil/worldpay': 'worldpay',
  }
  const lines = Object.entries(names).map(([entry, list]) =>
    kind === 'import' ? `import { ${list} } from '${entry}'` : `const { ${list} } = require('${entry}')`,
  )
  return `${lines.join('\n')}
async function main() {
  const simulator = await startSimulator({ port: 0 })
  const nothing = async () => undefined
  const lines = [{ sku: 'TEA', name: 'Tea', quantity: 1, amountMinor: 450n }]
  const account = worldpay({
    url: simulator.worldpayUrls.paymentService,
    merchantCode: 'COUNTERFOIL',
    username: 'counterfoil-xml',
    password: secret('counterfoil-password'),
  })
  const cf = createCounterfoil({
    journal: memoryJournal(),
    shop: {
      loadOrder: async (id) => ({ id, amountMinor: 450n, currency: 'GBP', description: 'Tea', lines }),
      markOrderPaid: nothing,
      markPaymentCancelled: nothing,
      markOrderInProgress: nothing,
      deleteBasket: nothing,
      sendOrderMail: nothing,
      paymentChanged: nothing,
    },
    modules: [internalModule('card', { gateway: account.direct })],
    publicUrl: 'https://shop.example/pay',
  })
  await cf.start()
  const fields = { number: '4444333322221111', expiryMonth: '12', expiryYear: '2035', securityCode: '555' }
  const card = cardFrom({ ...fields, holder: 'Jane Doe' })
  const { orderId, status } = await cf.pay({ orderId: 'order-1', module: 'card', key: 'first-try', card })
  console.log(\`\${orderId} is \${status}\`)
  await cf.stop()
  await simulator.close()
}
void main()
`
}
