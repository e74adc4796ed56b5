import type { Counterfoil } from 'counterfoil'

/** One append of the journal, as `history` gives it. */
export type Append = Awaited<ReturnType<Counterfoil['history']>>[number]

export type PaymentEvent = Append['events'][number]

export type Evidence = Extract<PaymentEvent, { readonly type: 'operation-moved' }>['evidence']
