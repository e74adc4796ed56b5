import type { Evidence } from '../../journal-types.ts'
import type { Row } from './story.ts'
import type { Teller } from './teller.ts'

/** Something was learned, by a word that came or by a question that was answered. */
export function tellEvidence(
  teller: Teller,
  evidence: Evidence,
  words: string,
  tone: Row['tone'] = 'plain',
): void {
  const { source } = evidence
  const code = smallPrint(evidence)
  const last = teller.latest()
  const isSameWord =
    last !== undefined && last.to === 'counterfoil' && last.from !== 'counterfoil' && last.code === code
  if (isSameWord && (source === 'notification' || source === 'return')) {
    // The call and what it means are one word.
    Object.assign(last, { words: `${last.words}: ${words}`, tone: tone === 'plain' ? last.tone : tone })
    return
  }
  switch (source) {
    case 'answer':
      teller.word('provider', 'counterfoil', words, { tone, code })
      return
    case 'notification':
      teller.word('provider', 'counterfoil', `calls: ${words}`, { tone, code })
      return
    case 'inquiry': {
      const asked = words.startsWith('asks') ? words : `asks: ${words}`
      teller.word('counterfoil', 'provider', asked, { tone, code, isAnswered: true })
      return
    }
    case 'return':
      teller.word('payer', 'counterfoil', `comes back: ${words}`, { tone, code })
      return
    case 'transport': {
      // Either the answer has not come, or the question has not gone.
      const said = { tone: 'bad', code, isLost: true } as const
      if (words === DOUBT_WORDS) teller.word('provider', 'counterfoil', `no answer: ${words}`, said)
      else teller.word('counterfoil', 'provider', words, said)
      return
    }
    case 'engine':
    case 'person':
    case 'report':
      teller.mark(words, { tone, code })
      return
    default:
      source satisfies never
  }
}

/** What an operation is while nobody knows what has become of it. */
export const DOUBT_WORDS = 'in doubt'

/** The provider's code, where it is a word; a number says nothing without its text. */
export function smallPrint({ code, text }: Evidence): string {
  if (code === undefined) return text
  return /^\d+$/.test(code) ? `${text} (${code})` : code
}
