import type { FastifyInstance } from 'fastify'
import type { Site } from '../site.ts'
import { InDoubtReport } from './schemas.ts'
import { getInDoubtText, problems } from './texts.ts'

/** What nobody knows the end of now, as an operator's monitoring asks for it. */
export function registerInDoubt(scope: FastifyInstance, { cf }: Site): void {
  scope.get(
    '/in-doubt',
    {
      schema: {
        ...getInDoubtText,
        response: {
          200: { ...InDoubtReport, description: 'One entry per currency; none when all is known.' },
          ...problems(401, 429, 503),
        },
      },
    },
    async () => {
      const doubts = await cf.inDoubt()
      return {
        inDoubt: doubts.map(({ currency, payments, oldestSinceMs, atRiskMinor, nextDueAtMs }) => ({
          currency,
          payments,
          oldestSince: new Date(oldestSinceMs).toISOString(),
          atRiskMinor: atRiskMinor.toString(),
          ...(nextDueAtMs === undefined ? {} : { nextInquiryAt: new Date(nextDueAtMs).toISOString() }),
        })),
      }
    },
  )
}
