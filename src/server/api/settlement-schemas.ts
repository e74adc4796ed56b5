import Type, { type Static } from 'typebox'

/** More lines are several requests. */
const LINES_MAX = 500
/** 500 lines with everything that a line can have, and room. */
export const SETTLEMENT_BODY_BYTES_MAX = 393_216

const closed = { additionalProperties: false } as const
const printable = '^[\\u0021-\\u007e]*$'
const digits = '^-?(0|[1-9][0-9]{0,15})$'
const DAY_AND_TIME = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?Z$'

const amount = (least: number, description: string) =>
  Type.Union(
    [
      Type.Integer({ minimum: least, maximum: 1_000_000_000_000_000 }),
      Type.String({ pattern: least < 0 ? digits : '^(0|[1-9][0-9]{0,15})$' }),
    ],
    { description },
  )
const time = (description: string) => Type.String({ pattern: DAY_AND_TIME, maxLength: 24, description })
const gateway = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: printable,
  description: 'Whose report it is: `worldpay`.',
})
const account = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, pattern: printable, description: 'The merchant account.' }),
)

const kind = Type.Enum(
  [
    'captured',
    'capture-reversed',
    'refunded',
    'refund-reversed',
    'charged-back',
    'chargeback-reversed',
    'fee',
  ],
  { description: 'What happened. It says which way the money went.' },
)

const ReportLine = Type.Object(
  {
    lineNumber: Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'Its place in the report.' }),
    reference: Type.String({
      maxLength: 64,
      pattern: printable,
      description: 'Our reference of the charge; empty on a fee that is about no payment.',
    }),
    modification: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, pattern: printable, description: 'Of the modification.' }),
    ),
    kind,
    amountMinor: amount(0, 'In minor units, without a sign; 0 on a fee alone.'),
    feeMinor: amount(-1_000_000_000_000_000, 'What the provider keeps; below zero where it gives back.'),
    currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217.' }),
    at: time('When it happened by the provider, in UTC: `2026-01-31T10:15:00Z`.'),
    pspReference: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: "The provider's own number." }),
    ),
    occurrence: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'Which of the lines of this report with the very same content. Default: 1.',
      }),
    ),
  },
  { ...closed, title: 'ReportLine' },
)

export const SettlementRequest = Type.Object(
  {
    gateway,
    account,
    report: Type.String({ minLength: 1, maxLength: 100, description: 'The name of the report, for people.' }),
    lines: Type.Array(ReportLine, { minItems: 1, maxItems: LINES_MAX }),
  },
  { ...closed, title: 'SettlementRequest' },
)
export type SettlementRequest = Static<typeof SettlementRequest>

const Total = Type.Object(
  {
    account: Type.Enum(['sales', 'refunds', 'disputes', 'fees', 'receivable', 'bank', 'suspense']),
    currency: Type.String(),
    amountMinor: Type.String({ description: 'Digits: a debit above zero, a credit below.' }),
  },
  { ...closed, title: 'LedgerTotal' },
)

const ComparedLine = Type.Object(
  {
    lineNumber: Type.Integer(),
    outcome: Type.Enum(
      ['agrees', 'learned', 'differs', 'twice', 'unknown-here', 'live', 'no-payment', 'account-fee'],
      { description: 'What it has come to.' },
    ),
    repeated: Type.Boolean({ description: 'It was compared before, and nothing was written.' }),
    paymentId: Type.Optional(Type.String()),
    orderId: Type.Optional(Type.String()),
    caseReason: Type.Optional(Type.String({ description: 'Of the case that it has opened now.' })),
    text: Type.Optional(Type.String({ description: 'One sentence for a person.' })),
  },
  { ...closed, title: 'ComparedLine' },
)

export const Settlement = Type.Object(
  {
    lines: Type.Array(ComparedLine, { description: 'In the order of the request.' }),
    totals: Type.Array(Total, { description: 'What these lines pay out. They sum to zero.' }),
  },
  { ...closed, title: 'Settlement' },
)
export type Settlement = Static<typeof Settlement>

export const PeriodEndRequest = Type.Object(
  {
    gateway,
    account,
    until: time('The end of the period.'),
    since: Type.Optional(
      time('Payments that were opened before are not looked at. Default: 60 days before `until`.'),
    ),
    before: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: printable,
        description: '`next` of the page before.',
      }),
    ),
  },
  { ...closed, title: 'PeriodEndRequest' },
)
export type PeriodEndRequest = Static<typeof PeriodEndRequest>

const MissingLine = Type.Object(
  {
    paymentId: Type.String(),
    orderId: Type.String(),
    reference: Type.String({ description: 'The operation that is in no report.' }),
    text: Type.String({ description: 'One sentence for a person.' }),
  },
  { ...closed, title: 'MissingLine' },
)

export const PeriodEnd = Type.Object(
  {
    looked: Type.Integer({ description: 'Payments that were looked at.' }),
    missing: Type.Array(MissingLine),
    totals: Type.Array(Total, {
      description: 'Of the ledgers of these payments: `receivable` is still to be paid out.',
    }),
    unreadable: Type.Optional(
      Type.Array(Type.String(), { description: 'Ids of payments that cannot be read in the journal.' }),
    ),
    next: Type.Optional(Type.String({ description: 'Where the next page begins; absent at the end.' })),
  },
  { ...closed, title: 'PeriodEnd' },
)
export type PeriodEnd = Static<typeof PeriodEnd>
