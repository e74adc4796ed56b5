import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ClosedPage, ReconciledBatch, SettlementLine } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import { isCurrency } from '../../money/currency.ts'
import type { Site } from '../site.ts'
import { operatorOf } from './authentication.ts'
import {
  PeriodEnd,
  PeriodEndRequest,
  Settlement,
  SETTLEMENT_BODY_BYTES_MAX,
  SettlementRequest,
} from './settlement-schemas.ts'
import { postPeriodEndText, postSettlementText, problems } from './texts.ts'

/**
 * Settlement reports: compared line by line, then the period is closed page by page. Both can be repeated. They open
 * cases and show what is written down of everybody's payments, which is for operators.
 */
export function registerSettlements(scope: FastifyInstance, { cf }: Site): void {
  const refused = problems(400, 401, 403, 413, 415, 422, 429, 503)
  scope.post<{ Body: SettlementRequest }>(
    '/settlements',
    {
      bodyLimit: SETTLEMENT_BODY_BYTES_MAX,
      onRequest: forOperators,
      schema: {
        ...postSettlementText,
        body: SettlementRequest,
        response: { 200: { ...Settlement, description: 'What each line has come to.' }, ...refused },
      },
    },
    async ({ body: { gateway, account, report, lines } }) => {
      const about = account === undefined ? { gateway, report } : { gateway, report, account }
      return settlementAnswer(await cf.reconcile({ ...about, lines: lines.map((line) => lineFrom(line)) }))
    },
  )
  scope.post<{ Body: PeriodEndRequest }>(
    '/settlements/period-end',
    {
      onRequest: forOperators,
      schema: {
        ...postPeriodEndText,
        body: PeriodEndRequest,
        response: { 200: { ...PeriodEnd, description: 'One page of what is missing.' }, ...refused },
      },
    },
    async ({ body: { gateway, account, until, since, before } }) => {
      const page = await cf.closeSettlement({
        gateway,
        ...(account !== undefined && { account }),
        untilMs: timeFrom(until),
        ...(since !== undefined && { sinceMs: timeFrom(since) }),
        ...(before !== undefined && { before }),
      })
      return periodEndAnswer(page)
    },
  )
}

/** Before anything of its body is looked at. */
async function forOperators(request: FastifyRequest): Promise<void> {
  operatorOf(request)
}

function lineFrom(given: SettlementRequest['lines'][number]): SettlementLine {
  const { amountMinor, feeMinor, at, occurrence = 1, modification, pspReference, ...line } = given
  if (!isCurrency(line.currency)) {
    throw failure('CF_MONEY_CURRENCY', `'${line.currency}' of line ${line.lineNumber} is not of ISO 4217`)
  }
  if (line.kind !== 'fee' && line.reference === '') {
    throw failure('CF_REQUEST_INVALID', `line ${line.lineNumber}: only a fee can be without a reference`)
  }
  if (pspReference?.isWellFormed() === false) {
    throw failure('CF_REQUEST_INVALID', `line ${line.lineNumber}: pspReference holds half a character`)
  }
  return {
    ...line,
    amountMinor: BigInt(amountMinor),
    feeMinor: BigInt(feeMinor),
    atMs: timeFrom(at),
    occurrence,
    ...(modification !== undefined && { modification }),
    ...(pspReference !== undefined && { pspReference }),
  }
}

/** The schema has seen to its form; the calendar has fewer days. */
function timeFrom(text: string): number {
  const atMs = Date.parse(text)
  if (Number.isNaN(atMs)) throw failure('CF_REQUEST_INVALID', `'${text}' is no time`)
  return atMs
}

function settlementAnswer({ lines, totals }: ReconciledBatch): Settlement {
  return { lines: [...lines], totals: totalsAnswer(totals) }
}

function periodEndAnswer({ looked, missing, totals, unreadable, next }: ClosedPage): PeriodEnd {
  return {
    looked,
    missing: [...missing],
    totals: totalsAnswer(totals),
    ...(unreadable !== undefined && { unreadable: [...unreadable] }),
    ...(next !== undefined && { next }),
  }
}

/** Sums can be larger than what every parser of JSON reads exactly. */
function totalsAnswer(totals: ReconciledBatch['totals']): Settlement['totals'] {
  return totals.map(({ amountMinor, ...total }) => ({ ...total, amountMinor: amountMinor.toString() }))
}
