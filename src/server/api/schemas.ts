import Type, { type Static } from 'typebox'

/** One line of text for people, without control characters. */
export const line = (charactersMax: number, description: string) =>
  Type.String({
    minLength: 1,
    maxLength: charactersMax,
    pattern: '^[^\\u0000-\\u001f\\u007f]*$',
    description,
  })

export const ORDER_ID = '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$'
const EMAIL = '^[^@\\s\\u0000-\\u001f\\u007f]+@[^@\\s\\u0000-\\u001f\\u007f]+$'
const CURRENCY = '^[A-Z]{3}$'
export const AMOUNT_MAX = 1_000_000_000_000_000
const AMOUNT_TEXT =
  'In minor units of the currency: 1999 is 19.99 GBP. A whole number, or the same as a string of digits.'

/** What may be charged. */
export const Amount = Type.Union(
  [Type.Integer({ minimum: 1, maximum: AMOUNT_MAX }), Type.String({ pattern: '^[1-9][0-9]{0,15}$' })],
  { description: AMOUNT_TEXT },
)
/** A line may take something off. */
const LineAmount = Type.Union(
  [
    Type.Integer({ minimum: -AMOUNT_MAX, maximum: AMOUNT_MAX }),
    Type.String({ pattern: '^(0|-?[1-9][0-9]{0,15})$' }),
  ],
  { description: `${AMOUNT_TEXT} Below zero for a discount.` },
)

export const closed = { additionalProperties: false } as const

const Address = Type.Object(
  {
    line1: line(255, 'Street and number.'),
    line2: Type.Optional(line(255, 'What does not fit into the first line.')),
    city: line(255, 'Town or city.'),
    postalCode: line(32, 'As it is written in that country.'),
    countryCode: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2.' }),
  },
  { ...closed, title: 'Address' },
)

const Payer = Type.Object(
  {
    email: Type.Optional(
      Type.String({ maxLength: 254, pattern: EMAIL, description: 'Handed to the provider.' }),
    ),
    name: Type.Optional(line(255, 'As the payer writes it.')),
    billingAddress: Type.Optional(Address),
  },
  { ...closed, title: 'Payer', description: 'Who pays, as far as the shop knows. It goes to the provider.' },
)

const LINES_MAX = 200
const sku = line(64, "The shop's own number of what is bought.")
const name = line(255, 'What the payer reads.')
const quantity = Type.Integer({ minimum: 1, maximum: 1_000_000 })
const LineRequest = Type.Object(
  { sku, name, quantity, amountMinor: LineAmount },
  { ...closed, title: 'LineRequest' },
)
const id = Type.String({
  pattern: ORDER_ID,
  description:
    "The shop's own id of the order: 1 to 64 of [A-Za-z0-9._:-], beginning with a letter or digit.",
})
const currency = Type.String({ pattern: CURRENCY, description: 'ISO 4217.' })
const description = line(255, 'What the payer reads, and the provider shows where it shows one.')

/** An order as it is handed over. */
export const OrderRequest = Type.Object(
  {
    id,
    amountMinor: Amount,
    currency,
    description,
    lines: Type.Optional(
      Type.Array(LineRequest, {
        maxItems: LINES_MAX,
        description:
          'What is bought. The amounts of the lines, where there are any, add up to that of the order.',
      }),
    ),
    payer: Type.Optional(Payer),
  },
  { ...closed, title: 'OrderRequest' },
)
export type OrderRequest = Static<typeof OrderRequest>

export const amountOut = (text: string) => Type.Integer({ description: text })
export const time = (text: string) => Type.String({ format: 'date-time', description: text })

const Line = Type.Object(
  { sku, name, quantity, amountMinor: amountOut('Of the whole line; below zero for a discount.') },
  { ...closed, title: 'Line' },
)

const orderFields = {
  id,
  amountMinor: amountOut('In minor units of the currency.'),
  currency,
  description,
  lines: Type.Array(Line),
  payer: Type.Optional(Payer),
  checkoutUrl: Type.String({
    format: 'uri',
    description: 'Where to send the payer: signed, for this order alone.',
  }),
}

/** An order that was handed over. */
export const Order = Type.Object(orderFields, { ...closed, title: 'Order' })

export const Operation = Type.Object(
  {
    reference: Type.String({ description: 'Names the operation, here and at the provider.' }),
    kind: Type.String({ description: 'sale, authorize, capture, void, refund or reversal.' }),
    state: Type.String({ description: 'See the page about states.' }),
    inDoubt: Type.Boolean({ description: 'It may have been sent, and nobody knows yet how it ended.' }),
    amountMinor: amountOut('In minor units of the currency.'),
    currency,
    intendedAt: time('When it was written down, before anything of it was sent.'),
    code: Type.Optional(Type.String({ description: "The provider's code." })),
    text: Type.Optional(Type.String({ description: 'One sentence for a person.' })),
  },
  { ...closed, title: 'Operation' },
)

export const CASE_ACTIONS = ['adopt', 'reverse', 'refund', 'close', 'retry'] as const
const action = Type.Enum(CASE_ACTIONS, { description: 'See the page about cases.' })
const by = Type.String({ description: "The operator's name." })
const why = Type.String({ description: 'Why, and what was seen.' })
const refunded = Type.Optional(amountOut('Of a refund, in minor units of the currency.'))

const CaseProposal = Type.Object(
  { action, by, why, amountMinor: refunded, at: time('When it was proposed.') },
  { ...closed, title: 'CaseProposal' },
)

const CaseClosing = Type.Object(
  {
    action,
    by,
    why,
    approvedBy: Type.Optional(Type.String({ description: 'Who has agreed, where two people were needed.' })),
    approvedWhy: Type.Optional(Type.String({ description: 'Why they have.' })),
    amountMinor: refunded,
    reference: Type.Optional(Type.String({ description: 'The operation that carries it out.' })),
    at: time('When it was resolved.'),
  },
  { ...closed, title: 'CaseClosing' },
)

export const caseFields = {
  caseId: Type.String(),
  reason: Type.String({ description: 'See the page about cases.' }),
  reference: Type.Optional(Type.String({ description: 'The operation that it is about.' })),
  text: Type.String({ description: 'What a person has to know.' }),
  openedAt: time('When it was opened.'),
  proposal: Type.Optional(CaseProposal),
  closed: Type.Optional(CaseClosing),
}

export const Case = Type.Object(caseFields, { ...closed, title: 'Case' })
export type Case = Static<typeof Case>

/** One payer's try at paying one order. */
export const Payment = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    module: Type.String({ description: 'The way to pay.' }),
    amountMinor: amountOut('In minor units of the currency.'),
    currency,
    status: Type.Enum(['started', 'in-progress', 'paid', 'declined', 'cancelled', 'refunded', 'disputed']),
    settled: Type.Boolean({ description: 'The status changes no more without something new.' }),
    statusWord: Type.Optional(Type.String({ description: "The shop's own word for the status." })),
    refusal: Type.Optional(Type.String({ description: 'Why nothing was sent, in words for the payer.' })),
    maskedCard: Type.Optional(
      Type.String({ description: 'At most the first six and the last four digits.' }),
    ),
    balances: Type.Object(
      {
        authorizedMinor: amountOut('Authorized at the provider.'),
        capturingMinor: amountOut('Captures that the provider has taken on and not yet booked.'),
        capturedMinor: amountOut('Captured.'),
        refundingMinor: amountOut('Refunds that the provider has taken on and not yet booked.'),
        refundedMinor: amountOut('Refunded.'),
        voidedMinor: amountOut('Given back before it was captured.'),
        chargedBackMinor: amountOut("Taken back by the payer's bank."),
      },
      { ...closed, title: 'Balances' },
    ),
    operations: Type.Array(Operation),
    cases: Type.Array(Case, { description: 'What a person must decide, or has decided.' }),
  },
  { ...closed, title: 'Payment' },
)
export type Payment = Static<typeof Payment>

export const OrderWithPayments = Type.Object(
  {
    ...orderFields,
    state: Type.Enum(['open', 'being-paid', 'paid', 'refunded', 'disputed', 'closed'], {
      description: 'Only `paid` means that the shop can hand over the goods.',
    }),
    payments: Type.Array(Payment, { description: 'Newest first, at most 100.' }),
    unreadable: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Ids of payments of this order that cannot be read in the journal: `payments` is without them.',
      }),
    ),
  },
  { ...closed, title: 'OrderWithPayments' },
)
export type OrderWithPayments = Static<typeof OrderWithPayments>
export type OrderState = OrderWithPayments['state']

/** RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'Leads to what the error means; about:blank where the status says it all.',
    }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String({ description: 'What happened here.' })),
    code: Type.Optional(Type.String({ description: 'The code of the error.' })),
    retry: Type.Optional(
      Type.Enum(['later', 'after-change', 'never'], { description: 'What can be done about it.' }),
    ),
  },
  { ...closed, title: 'Problem' },
)
export type Problem = Static<typeof Problem>

/** What nobody knows the end of. */
export const InDoubtReport = Type.Object(
  {
    inDoubt: Type.Array(
      Type.Object(
        {
          currency,
          payments: Type.Integer({
            minimum: 1,
            description: 'Payments with at least one operation in doubt.',
          }),
          oldestSince: Type.String({ format: 'date-time', description: 'Since when the oldest of them is.' }),
          atRiskMinor: Type.String({
            pattern: '^[0-9]+$',
            description: 'What these operations may have moved, in minor units.',
          }),
          nextInquiryAt: Type.Optional(
            Type.String({ format: 'date-time', description: 'When the next of them is looked at.' }),
          ),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: 'InDoubtReport' },
)

/** What an error means. */
export const ErrorMeaning = Type.Object(
  {
    code: Type.String(),
    status: Type.Integer(),
    title: Type.String(),
    retry: Type.String(),
    remedy: Type.String({ description: 'What to do about it.' }),
  },
  { ...closed, title: 'ErrorMeaning' },
)
