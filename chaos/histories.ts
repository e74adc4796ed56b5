import type { Difference } from '../demo/audit.ts'
import { encode } from '../src/journal/codec.ts'
import { fold } from '../src/payment/evolve.ts'
import type { PaymentHistory } from './books.ts'

/** The journal against itself: each history is whole, and folds to the snapshot that stands beside it. */
export function ofHistory({ payment, version, history }: PaymentHistory): readonly Difference[] {
  const { orderId } = payment
  const difference = (what: string, expected: string, found: string): Difference => ({
    orderId,
    what: `payment ${payment.paymentId}: ${what}`,
    expected,
    found,
  })
  const found: Difference[] = []
  const versions = history.map((append) => append.version)
  const expected = Array.from({ length: version }, (_, index) => index + 1)
  if (versions.join() !== expected.join()) {
    found.push(difference('appends of its history', `1 to ${version}`, versions.join(', ')))
  }
  const fences = history.map(({ fence }) => fence)
  if (fences.some((fence, index) => fence < (fences[index - 1] ?? 0))) {
    found.push(difference('fences of its history', 'never lower', fences.join(', ')))
  }
  const events = history.flatMap((append) => append.events)
  const folded = events.length === 0 ? undefined : fold(undefined, events)
  // Both are the same kind of data; in their JSON what is undefined is not there.
  if (canonical(folded) !== canonical(payment)) {
    found.push(difference('its history and its snapshot', canonical(folded), canonical(payment)))
  }
  return found
}

function canonical(payment: PaymentHistory['payment'] | undefined): string {
  if (payment === undefined) return 'nothing'
  return JSON.stringify(sorted(JSON.parse(encode(payment)) as unknown))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([name, part]) => [name, sorted(part)]))
}
