import { formatMoney } from '../money/money.ts'
import { BY_ITSELF } from '../payment/people.ts'
import type { CaseDetails, CaseInList, Resolution } from '../server/api/case-schemas.ts'
import { printable } from './case-words.ts'

/** A case of a server's list in one line. */
export function showAnswerLine(one: CaseInList): string {
  const { openedAt, caseId, reason, orderId, status, text, proposal } = one
  const waits = proposal === undefined ? '' : ` (${proposal.by} proposes '${proposal.action}')`
  return printable(
    `${openedAt}  ${caseId}  ${reason}  order ${orderId}, ${amountOf(one, one.amountMinor)}, ${status}: ${text}${waits}`,
  )
}

/** A case as a server answers it, with all that is known of it and what can be done. */
export function showAnswer(one: CaseDetails): string {
  const { payment } = one
  const { balances } = payment
  const money = (amountMinor: number): string => amountOf(one, amountMinor)
  const lines = [
    `Case ${one.caseId}: ${one.reason}`,
    `  ${one.text}`,
    `  opened     ${one.openedAt}`,
    ...(one.reference === undefined ? [] : [`  reference  ${one.reference}`]),
    `  payment    ${one.paymentId}, ${one.status}, ${money(one.amountMinor)} by module '${one.module}'`,
    `  order      ${one.orderId}`,
    `  balances   authorized ${money(balances.authorizedMinor)}, captured ${money(balances.capturedMinor)}, refunded ${money(balances.refundedMinor)}`,
    '',
    'Operations',
    ...payment.operations.map(({ reference, kind, state, inDoubt, amountMinor }) => {
      return `  ${reference}  ${kind} of ${money(amountMinor)}: ${state}${inDoubt ? ', in doubt' : ''}`
    }),
    '',
    'How it went',
    ...one.evidence.map(({ at, found, source, code, text }) => {
      return `  ${at}  ${found} -- ${source}: ${code === undefined ? '' : `${code}: `}${text}`
    }),
    '',
    'What was said',
    ...one.history.map((event) => `  ${event.at}  ${said(one, event)}`),
    ...actions(one),
  ]
  return lines.map(printable).join('\n')
}

/** What a resolution has come to. */
export function showResolution({ outcome, case: one }: Resolution): string {
  const { proposal, closed } = one
  const lines =
    outcome === 'proposed' || closed === undefined
      ? [
          `Proposed: ${proposal?.action ?? ''}${refundOf(one, proposal)} by ${proposal?.by ?? ''}.`,
          'Nothing was done yet: somebody else has to say the same, with a key of their own.',
        ]
      : [
          `Resolved: ${closed.action}${refundOf(one, closed)} by ${peopleOf(closed)}.`,
          ...(closed.reference === undefined
            ? []
            : [`It is carried out by the operation ${closed.reference}.`]),
          `The payment is ${one.status}.`,
        ]
  return lines.map(printable).join('\n')
}

type Event = CaseDetails['history'][number]

function said(one: CaseDetails, event: Event): string {
  const { what, text = '', action = '', by = '', why = '', approvedBy, approvedWhy } = event
  if (what === 'opened') return `opened: ${text}`
  if (by === BY_ITSELF) return `closed by evidence: ${why}`
  const verb = what === 'proposed' ? 'proposes' : 'has resolved it by'
  const agreed = approvedBy === undefined ? '' : `; ${approvedBy} agrees: ${approvedWhy ?? ''}`
  return `${by} ${verb} ${action}${refundOf(one, event)}: ${why}${agreed}`
}

function actions({ actions: offers, paymentId, caseId }: CaseDetails): readonly string[] {
  if (offers.length === 0) return []
  return [
    '',
    'What can be done',
    ...offers.map(({ action, people, text }) => {
      return `  ${action.padEnd(8)} ${people === 2 ? 'two people' : 'one person'}  ${text}`
    }),
    '',
    `counterfoil cases resolve '${paymentId}/${caseId}' ACTION --server URL --why TEXT`,
  ]
}

function peopleOf({ by, approvedBy }: { readonly by: string; readonly approvedBy?: string }): string {
  return approvedBy === undefined ? by : `${by} and ${approvedBy}`
}

function refundOf(
  one: Pick<CaseInList, 'currency'>,
  about: { readonly amountMinor?: number } | undefined,
): string {
  return about?.amountMinor === undefined ? '' : ` of ${amountOf(one, about.amountMinor)}`
}

function amountOf({ currency }: Pick<CaseInList, 'currency'>, amountMinor: number): string {
  return `${formatMoney({ amountMinor: BigInt(amountMinor), currency })} ${currency}`
}
