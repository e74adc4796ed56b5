import type { CardFields, CardProblem } from '../../gateway/card.ts'
import type { TextKey } from '../texts/texts.ts'

type ProblemKey = Extract<TextKey, `card.wrong.${string}`>

/** A field that is not right, with the catalogue's words for it. */
export interface FieldProblem {
  readonly field: CardProblem['field']
  readonly text: ProblemKey
}

/** What the check of a card has found, in words that every language has; `cardProblems` itself speaks to developers. */
export function fieldProblem({ field }: CardProblem, fields: CardFields, nowMs: number): FieldProblem {
  switch (field) {
    case 'number':
      return { field, text: 'card.wrong.number' }
    case 'expiryMonth':
      return { field, text: 'card.wrong.month' }
    case 'expiryYear':
      return { field, text: isPast(fields.expiryYear, nowMs) ? 'card.wrong.expired' : 'card.wrong.year' }
    case 'securityCode':
      return { field, text: 'card.wrong.code' }
    case 'holder':
      return { field, text: /\d{3}/.test(fields.holder) ? 'card.wrong.holder-number' : 'card.wrong.holder' }
    default:
      throw new Error(`a card has no field ${String(field satisfies never)}`)
  }
}

/** A year with four digits that is wrong is a past one, or one that no card has. */
function isPast(year: string, nowMs: number): boolean {
  return /^\d{4}$/.test(year) && Number(year) <= new Date(nowMs).getUTCFullYear()
}
