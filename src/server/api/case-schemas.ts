import Type, { type Static } from 'typebox'
import { Amount, amountOut, CASE_ACTIONS, caseFields, closed, line, Payment, time } from './schemas.ts'

const action = Type.Enum(CASE_ACTIONS)

const CaseOffer = Type.Object(
  {
    action,
    people: Type.Integer({ description: 'How many have to say so: 1, or 2 different operators.' }),
    text: Type.String({ description: 'What it does.' }),
    mostMinor: Type.Optional(amountOut('Of a refund: the most that it can be.')),
  },
  { ...closed, title: 'CaseOffer' },
)

const caseWithPaymentFields = {
  ...caseFields,
  paymentId: Type.String(),
  orderId: Type.String(),
  module: Type.String({ description: 'The way to pay.' }),
  status: Payment.properties.status,
  amountMinor: amountOut('Of the payment, in minor units of the currency.'),
  currency: Payment.properties.currency,
  actions: Type.Array(CaseOffer, { description: 'What can be done about it now; none once it is closed.' }),
}

/** A case in the list. */
export const CaseInList = Type.Object(caseWithPaymentFields, { ...closed, title: 'CaseInList' })
export type CaseInList = Static<typeof CaseInList>

export const CaseList = Type.Object(
  {
    cases: Type.Array(CaseInList),
    unreadable: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'On the first page: ids of payments that cannot be read in the journal, of the newest 200 with cases and the newest 200 in progress.',
      }),
    ),
    next: Type.Optional(Type.String({ description: 'There are more: ask again with it as `before`.' })),
  },
  { ...closed, title: 'CaseList' },
)
export type CaseList = Static<typeof CaseList>

const CaseEvidence = Type.Object(
  {
    at: time('When it was learned.'),
    source: Type.String({
      description: 'answer, inquiry, notification, return, transport, engine, person or report.',
    }),
    found: Type.String({ description: 'What was concluded: a state, a fact, or what an inquiry found.' }),
    code: Type.Optional(Type.String({ description: "The provider's code." })),
    text: Type.String({ description: 'One sentence for a person.' }),
    pspReference: Type.Optional(Type.String({ description: "The provider's own number for it." })),
  },
  { ...closed, title: 'CaseEvidence' },
)

const CaseEvent = Type.Object(
  {
    at: time('When it happened.'),
    what: Type.Enum(['opened', 'proposed', 'closed']),
    text: Type.Optional(Type.String({ description: 'Why it was opened.' })),
    action: Type.Optional(action),
    by: Type.Optional(Type.String({ description: "The operator's name." })),
    why: Type.Optional(Type.String()),
    approvedBy: Type.Optional(Type.String()),
    approvedWhy: Type.Optional(Type.String()),
    amountMinor: Type.Optional(amountOut('Of a refund.')),
  },
  { ...closed, title: 'CaseEvent' },
)

/** A case with all that is known of it. */
export const CaseDetails = Type.Object(
  {
    ...caseWithPaymentFields,
    payment: Payment,
    evidence: Type.Array(CaseEvidence, {
      description: 'How the operation went, as it was learned: the latest 50, oldest first.',
    }),
    history: Type.Array(CaseEvent, { description: 'What was said about the case, oldest first.' }),
  },
  { ...closed, title: 'CaseDetails' },
)
export type CaseDetails = Static<typeof CaseDetails>

export const CaseQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.String({
        pattern: '^([1-9][0-9]?|1[0-9][0-9]|200)$',
        description: 'Payments that are looked at: 1 to 200, 50 where it is left out.',
      }),
    ),
    before: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'The `next` of the page before.' }),
    ),
    reason: Type.Optional(Type.String({ pattern: '^[a-z-]{1,64}$', description: 'Only of this reason.' })),
    caseId: Type.Optional(
      Type.String({ minLength: 1, maxLength: 400, description: 'Only the open case with this id.' }),
    ),
  },
  closed,
)
export type CaseQuery = Static<typeof CaseQuery>

/** What an operator wants done. Who it is says the key. */
export const ResolutionRequest = Type.Object(
  {
    action,
    why: line(500, 'Why, and what was seen: it stands in the journal. No card number.'),
    amountMinor: Type.Optional(Amount),
  },
  { ...closed, title: 'ResolutionRequest' },
)
export type ResolutionRequest = Static<typeof ResolutionRequest>

export const Resolution = Type.Object(
  {
    outcome: Type.Enum(['proposed', 'resolved'], {
      description: '`proposed`: another operator has to say the same.',
    }),
    case: CaseDetails,
  },
  { ...closed, title: 'Resolution' },
)
export type Resolution = Static<typeof Resolution>
