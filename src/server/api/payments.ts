import type { FastifyInstance } from 'fastify'
import { failure } from '../../errors.ts'
import type { Site } from '../site.ts'
import { paymentAnswer } from './answers.ts'
import { Payment } from './schemas.ts'
import { getPaymentText, problems } from './texts.ts'

const ID_CHARACTERS_MAX = 64

export function registerPayments(scope: FastifyInstance, { cf }: Site): void {
  scope.get<{ Params: { id: string } }>(
    '/payments/:id',
    {
      schema: {
        ...getPaymentText,
        response: {
          200: { ...Payment, description: 'The payment as it stands.' },
          ...problems(401, 404, 429, 503),
        },
      },
    },
    async ({ params }) => {
      const view = params.id.length <= ID_CHARACTERS_MAX ? await cf.payment(params.id) : undefined
      if (view === undefined) throw failure('CF_PAYMENT_UNKNOWN', 'no payment has this id')
      return paymentAnswer(view)
    },
  )
}
