import type { Books } from './books.ts'

/** The life of a payment, for a person. */
export function trace(books: Books, paymentId: string, print: (line: string) => void): void {
  const payment = books.payments.get(paymentId)?.payment
  print(`payment ${paymentId} of ${payment?.orderId} (${payment?.module}): ${payment?.status}`)
  for (const { atMs, version, fence, events } of books.store.history(paymentId)) {
    for (const event of events) {
      const { type, ...rest } = event
      const text = JSON.stringify(rest, (name, value: unknown) =>
        name === 'raw' ? undefined : typeof value === 'bigint' ? String(value) : value,
      )
      print(`  ${new Date(atMs).toISOString()} v${version} f${fence} ${type} ${text.slice(0, 260)}`)
    }
  }
  for (const operation of payment?.operations ?? []) {
    const ledger = books.ledger(operation.reference)
    if (ledger === undefined) continue
    print(
      `  PSP ${operation.reference}: executions ${ledger.executions}, live ${ledger.liveMinor}, ${ledger.lastEvent}`,
    )
    for (const entry of ledger.entries) {
      const text = JSON.stringify(entry, (_name, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      print(`    ${new Date(entry.atMs).toISOString()} ${text}`)
    }
  }
}
