import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { CaseId } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import type { Site } from '../site.ts'
import { operatorOf } from './authentication.ts'
import { caseDetailsAnswer, caseInListAnswer } from './case-answers.ts'
import { CaseDetails, CaseList, CaseQuery, Resolution, ResolutionRequest } from './case-schemas.ts'
import { idempotencyKeyOf } from './idempotency.ts'
import { getCaseText, idempotencyHeaders, listCasesText, postResolutionText, problems } from './texts.ts'

/** Where a case is: of its payment, by its id. */
export const CASE = '/cases/:paymentId/:caseId'

const LIMIT_DEFAULT = 50
const UNREADABLE_AMONG = 200
const ID_CHARACTERS_MAX = 400

export function registerCases(scope: FastifyInstance, { cf, settings }: Site): void {
  scope.get<{ Querystring: CaseQuery }>(
    '/cases',
    {
      schema: {
        ...listCasesText,
        querystring: CaseQuery,
        response: {
          200: { ...CaseList, description: 'The open cases.' },
          ...problems(400, 401, 429, 503),
        },
      },
    },
    async ({ query: { limit: asked, before, reason, caseId } }): Promise<CaseList> => {
      if (caseId !== undefined) {
        const found = await cf.case(caseId)
        return { cases: found === undefined ? [] : [caseInListAnswer(found)] }
      }
      const limit = asked === undefined ? LIMIT_DEFAULT : Number(asked)
      const found = await cf.cases({ limit, ...(before !== undefined && { before }) })
      const payments = new Set(found.map(({ paymentId }) => paymentId))
      const next = payments.size < limit ? undefined : found.at(-1)?.paymentId
      const unreadable = before === undefined ? await unreadableOf(cf) : []
      return {
        cases: found.filter((one) => reason === undefined || one.reason === reason).map(caseInListAnswer),
        ...(unreadable.length > 0 && { unreadable }),
        ...(next !== undefined && { next }),
      }
    },
  )

  scope.get<{ Params: CaseId }>(
    CASE,
    {
      schema: {
        ...getCaseText,
        response: {
          200: { ...CaseDetails, description: 'The case as it stands.' },
          ...problems(401, 404, 429, 503),
        },
      },
    },
    async ({ params }) => {
      const found = fits(params) ? await cf.case(params) : undefined
      if (found === undefined) throw failure('CF_CASE_UNKNOWN', 'the payment has no case with this id')
      return caseDetailsAnswer(found)
    },
  )

  scope.post<{ Params: CaseId; Body: ResolutionRequest }>(
    `${CASE}/resolutions`,
    {
      bodyLimit: settings.limits.apiBodyBytesMax,
      schema: {
        ...postResolutionText,
        headers: idempotencyHeaders,
        body: ResolutionRequest,
        response: {
          200: { ...Resolution, description: 'It is resolved: by this call, or before in this very way.' },
          202: { ...Resolution, description: 'It is proposed: another operator has to say the same.' },
          ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const by = operatorOf(request)
      const { params, body } = request
      if (!fits(params)) throw failure('CF_CASE_UNKNOWN', 'the payment has no case with this id')
      const { outcome, case: one } = await cf.resolveCase({
        paymentId: params.paymentId,
        caseId: params.caseId,
        action: body.action,
        by,
        why: body.why,
        ...(body.amountMinor !== undefined && { amountMinor: BigInt(body.amountMinor) }),
        key: keyOf(by, idempotencyKeyOf(request)),
      })
      const answer: Resolution = { outcome, case: caseDetailsAnswer(one) }
      return reply.code(outcome === 'proposed' ? 202 : 200).send(answer)
    },
  )
}

/** Payments that a person has to look at and no case can tell of: of the newest that something may still be done about. */
async function unreadableOf(cf: Site['cf']): Promise<string[]> {
  const ids = await Promise.all([
    cf.unreadable({ withCases: true, limit: UNREADABLE_AMONG }),
    cf.unreadable({ status: 'in-progress', limit: UNREADABLE_AMONG }),
  ])
  return [...new Set(ids.flat())]
}

function fits({ paymentId, caseId }: CaseId): boolean {
  return paymentId.length <= ID_CHARACTERS_MAX && caseId.length <= ID_CHARACTERS_MAX
}

/** A key belongs to whoever sends it. */
function keyOf(operator: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([operator, key]))
    .digest('hex')
}
