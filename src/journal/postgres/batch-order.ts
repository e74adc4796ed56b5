import type { EncodedChange } from '../encoded-change.ts'

/**
 * The places of the changes in the order in which they are written: by order id, the same on each node, so that two
 * nodes that write the same new names do so in the same order, and neither waits for the other in a circle.
 *
 * Changes that have a name in common stay as they came, because each is judged in the state that those before it left.
 */
export function writingOrder(changes: readonly EncodedChange[]): readonly number[] {
  const groups = new Groups()
  const groupOf = changes.map((change) => groups.joined(namesOf(change)))
  const firstName = new Map<number, string>()
  for (const [place, change] of changes.entries()) {
    const group = groups.root(groupOf[place] ?? 0)
    const name = change.order?.orderId ?? change.payment?.orderId ?? ''
    const least = firstName.get(group)
    if (least === undefined || name < least) firstName.set(group, name)
  }
  const nameAt = (place: number): string => firstName.get(groups.root(groupOf[place] ?? 0)) ?? ''
  return changes
    .map((_, place) => place)
    .sort((one, other) => compare(nameAt(one), nameAt(other)) || one - other)
}

/** Everything that another change may have in common with this one. A payment's order never changes. */
function namesOf({ payment, order }: EncodedChange): readonly string[] {
  const names: string[] = []
  if (order !== undefined) names.push(`o${order.orderId}`)
  if (payment === undefined) return names
  names.push(`o${payment.orderId}`, `p${payment.paymentId}`)
  if (payment.expectedVersion === 0) names.push(`k${payment.key}`)
  for (const reference of payment.references) names.push(`r${reference}`)
  return names
}

/** Joins what has a name in common, directly or by way of others. */
class Groups {
  readonly #parents: number[] = []
  readonly #groupByName = new Map<string, number>()

  joined(names: readonly string[]): number {
    const group = this.#parents.length
    this.#parents.push(group)
    for (const name of names) {
      const other = this.#groupByName.get(name)
      if (other === undefined) this.#groupByName.set(name, group)
      else this.#parents[this.root(other)] = this.root(group)
    }
    return group
  }

  root(group: number): number {
    let current = group
    for (;;) {
      const parent = this.#parents[current]
      if (parent === undefined || parent === current) return current
      current = parent
    }
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
