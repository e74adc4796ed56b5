import type { PaymentView } from '../../engine/api.ts'
import { displayMoney } from '../display-money.ts'
import type { Raw } from '../html.ts'
import { facts } from '../layout.ts'

/** What is paid with what, and the shop's own word for how that stands. */
export function factsOf(view: PaymentView, amountName: string, amountMinor: bigint = view.amountMinor): Raw {
  return facts([
    ['Order', view.orderId],
    [amountName, displayMoney({ amountMinor, currency: view.currency })],
    view.maskedCard === undefined ? undefined : ['Card', view.maskedCard],
    view.statusWord === undefined ? undefined : ['Status', view.statusWord],
  ])
}
