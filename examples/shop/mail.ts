import { createHash } from 'node:crypto'
import type { Telling } from 'counterfoil'
import { createTransport } from 'nodemailer'
import type { ShopDatabase } from './database.ts'
import { moneyText } from './money-text.ts'
import { orderById, orderLines, type ShopOrder } from './orders.ts'
import { begin, settle } from './told.ts'

/** Each stage of the talk with the mail server; all together stay below the deadline of one effect. */
const CONNECT_TIMEOUT_MS = 3_000
const GREETING_TIMEOUT_MS = 3_000
const SILENCE_TIMEOUT_MS = 3_000

/** Sends the order mail. */
export interface OrderMail {
  send(telling: Pick<Telling, 'key' | 'paymentId' | 'orderId' | 'signal'>): Promise<void>
  close(): void
}

export interface OrderMailOptions {
  readonly database: ShopDatabase
  readonly host: string
  readonly port: number
  /** Where the shop is, for the link in the mail. */
  readonly shopUrl: string
}

/**
 * Mails over SMTP. A mail cannot share a transaction with a database: it is noted before, sent, and settled after.
 * If the process dies in between it is sent again, with the same Message-ID, by which mail servers and readers know
 * it for the same mail.
 */
export function orderMail({ database, host, port, shopUrl }: OrderMailOptions): OrderMail {
  const transport = createTransport({
    host,
    port,
    secure: false,
    // The sink is on this machine and has no certificate.
    ignoreTLS: true,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const underWay = new Map<string, Promise<void>>()

  async function sendOnce(telling: Pick<Telling, 'key' | 'paymentId' | 'orderId'>): Promise<void> {
    if (begin(database, 'sendOrderMail', telling) === 'done') return
    const order = orderById(database, telling.orderId)
    if (order === undefined) throw new Error(`there is no order ${telling.orderId} to send a mail about`)
    await transport.sendMail({
      from: { name: 'Stub & Quill', address: 'orders@stub-and-quill.example' },
      to: { name: '', address: order.email },
      messageId: messageIdOf(telling.key),
      date: new Date(database.nowMs()),
      subject: `Order ${order.number} is paid: thank you`,
      text: textOf(order, orderLines(database, order.id), shopUrl),
      textEncoding: 'base64',
    })
    settle(database, telling.key)
  }

  return {
    send: (telling) => {
      telling.signal.throwIfAborted()
      // A second call while the first is still talking to the server waits for the first.
      const running = underWay.get(telling.key)
      if (running !== undefined) return running
      const sending = sendOnce(telling).finally(() => underWay.delete(telling.key))
      underWay.set(telling.key, sending)
      return sending
    },
    close: () => transport.close(),
  }
}

/** The same key gives the same Message-ID, on every node and after every restart. */
export function messageIdOf(key: string): string {
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@stub-and-quill.example>`
}

function textOf(order: ShopOrder, lines: ReturnType<typeof orderLines>, shopUrl: string): string {
  const { currency } = order
  return [
    `Thank you. We have your payment for order ${order.number}.`,
    '',
    ...lines.map(
      ({ quantity, name, amountMinor }) => `  ${quantity} x ${name}: ${moneyText(amountMinor, currency)}`,
    ),
    ...(order.promotionCode === undefined ? [] : [`  (with the code ${order.promotionCode})`]),
    `  Total: ${moneyText(order.totalMinor, currency)}`,
    '',
    `See your order: ${shopUrl}/orders/${order.id}`,
    '',
    'Stub & Quill, paper goods',
    '',
  ].join('\n')
}
