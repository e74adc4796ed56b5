import type { Cast, Fault } from './fault.ts'
import { Payer } from './payer.ts'
import type { Random } from './random.ts'

/** Whose bank says yes. */
const HOLDERS = ['Jane Doe', 'John Smith', 'Ada Quill', 'Max Mustermann', 'Zoë Kraus', 'Nobody Inc.']
const SKUS = ['counterfoil-book', 'iron-gall-ink', 'stamps', 'paper-clips', 'sealing-wax', 'ledger']
const QUANTITY_MAX = 3
/** Of ten that are unpaid in the end so many come back and pay. */
const COME_BACK = 7
/** Out of ten, for `between`. */
const TEN = 10

export interface CastOptions {
  readonly orders: number
  readonly faults: readonly Fault[]
  /** Meets so many more than the others. */
  readonly most: Fault
  readonly shopUrl: string
}

/** Each fault has the same number of payers, at least one; what is left over meets `most`. The seed decides the rest. */
export function castOf({ orders, faults, most, shopUrl }: CastOptions, random: Random): Cast {
  const each = Math.floor(orders / faults.length)
  if (each < 1) throw new Error(`${orders} orders are not enough for ${faults.length} faults`)
  let number = 0
  const payersOf = (fault: Fault): readonly Payer[] => {
    const count = fault === most ? orders - each * (faults.length - 1) : each
    return Array.from(
      { length: count },
      () =>
        new Payer({
          number: ++number,
          shopUrl,
          way: random.pick(fault.ways),
          goods: { sku: random.pick(SKUS), quantity: random.between(1, QUANTITY_MAX) },
          holder: fault.holder ?? random.pick(HOLDERS),
          comesBack: random.between(1, TEN) <= COME_BACK,
        }),
    )
  }
  return new Map(faults.map((fault) => [fault, payersOf(fault)]))
}
