import Type from 'typebox'

const amount = (description: string) => Type.Integer({ description })

/** The body of a webhook. */
export const WebhookMessage = Type.Object(
  {
    type: Type.Enum(['payment.paid', 'payment.cancelled', 'payment.in-progress', 'payment.changed']),
    timestamp: Type.String({ format: 'date-time', description: 'When it came about.' }),
    data: Type.Object(
      {
        orderId: Type.String(),
        paymentId: Type.String(),
        amountMinor: amount('Of the payment, in minor units of the currency.'),
        currency: Type.String(),
        sequence: Type.Integer({
          description:
            'Goes up with each word about the order: a lower one than was heard already is old news.',
        }),
        change: Type.Optional(Type.String({ description: 'Of payment.changed: what became of the money.' })),
        changedMinor: Type.Optional(amount('Of payment.changed: of how much of it.')),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false, title: 'WebhookMessage' },
)
