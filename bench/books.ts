import type { Payment } from '../src/payment/state.ts'
import type { Books } from './contender.ts'
import type { Place } from './store.ts'

const PAGE = 1_000

/**
 * Adds up a journal after its owner has closed it. `authorisedMinorOf` answers what one payment is
 * good for, and throws when it did not end as it must.
 */
export async function readBooks(
  place: Place,
  authorisedMinorOf: (payment: Payment) => bigint,
): Promise<Books> {
  const reader = await place.reader()
  try {
    let sales = 0
    let authorisedMinor = 0n
    let before: string | undefined
    do {
      const page = await reader.list({ limit: PAGE, ...(before === undefined ? {} : { before }) })
      if (page.unreadable.length > 0) throw new Error(`cannot be read: ${page.unreadable.join(', ')}`)
      for (const { payment } of page.payments) authorisedMinor += authorisedMinorOf(payment)
      sales += page.payments.length
      before = page.next
    } while (before !== undefined)
    return { sales, authorisedMinor }
  } finally {
    await reader.close()
  }
}
