import type { Evidence, PaymentEvent } from '../journal-types.ts'

/** One event of the journal as a person reads it. */
export interface EventWords {
  readonly words: string
  /** How the line is marked: something was sent, something was learned, something went wrong, or plain. */
  readonly mark: 'plain' | 'sent' | 'learned' | 'wrong'
  /** A name or number that belongs to it. */
  readonly detail?: string
  readonly evidence?: Evidence | undefined
}

export interface Vocabulary {
  readonly amountText: (amountMinor: bigint) => string
  /** The step behind a key of work that follows a commit. */
  readonly stepOf: (key: string) => string
}

/** Says what an event means. A type that this version does not know is shown by its name (the journal keeps it). */
export function wordsOf(event: PaymentEvent, { amountText, stepOf }: Vocabulary): EventWords {
  switch (event.type) {
    case 'payment-opened':
      return plain(`Payment opened for ${amountText(event.amountMinor)}; it holds the order`)
    case 'owner-changed':
      return plain(`Taken over by another process (fence ${event.fence})`)
    case 'step-started':
      return plain(`Step ${event.step} begins`)
    case 'step-completed':
      return plain(`Step ${event.step} is done`)
    case 'step-refused':
      return { words: `Step ${event.step} refuses: ${event.reason}`, mark: 'wrong' }
    case 'step-in-doubt':
      return { words: `Step ${event.step} did not answer: ${event.reason}`, mark: 'wrong' }
    case 'operation-intended': {
      const { kind, amountMinor, reference } = event.operation
      return {
        words: `Written down before it is sent: ${kind} of ${amountText(amountMinor)}`,
        detail: reference,
        mark: 'sent',
      }
    }
    case 'operation-retried':
      return { words: `The next leg is written down before it is sent (leg ${event.leg})`, mark: 'sent' }
    case 'operation-moved':
      return { words: movedWords(event), mark: 'learned', evidence: event.evidence }
    case 'operation-doubted':
      return {
        words: 'In doubt: it may have happened, nobody knows yet',
        mark: 'wrong',
        evidence: event.evidence,
      }
    case 'operation-inquired':
      return {
        words: `Asked the provider what became of it: ${event.found.replace('-', ' ')}`,
        mark: 'learned',
        evidence: event.evidence,
      }
    case 'evidence-kept':
      return { words: 'Late evidence, kept', mark: 'learned', evidence: event.evidence }
    case 'attempt-refused':
      return {
        words: "A try on the provider's page was refused; the payer can try again there",
        mark: 'learned',
        evidence: event.evidence,
      }
    case 'notified':
      return {
        words: event.evidence.source === 'return' ? 'The payer is back' : 'The provider called',
        mark: 'learned',
        evidence: event.evidence,
      }
    case 'fact-queued':
      return plain(`To be told by ${event.pipeline}${workWords(event.work)}`)
    case 'fact-recorded':
      return {
        words: `Learned after the end: ${event.fact}, ${amountText(event.amountMinor)}`,
        mark: 'learned',
        evidence: event.evidence,
      }
    case 'status-reached':
      return plain(`The payment is ${event.status}${workWords(event.work)}`)
    case 'undo-queued':
      return plain(`To be undone${workWords(event.work)}`)
    case 'work-done':
      return plain(`${stepOf(event.key)}: ${event.outcome === 'done' ? 'done' : 'overtaken, left out'}`)
    case 'work-failed':
      return { words: `${stepOf(event.key)} failed, tried again later: ${event.reason}`, mark: 'wrong' }
    case 'work-parked':
      return { words: `${stepOf(event.key)} is parked for a person: ${event.reason}`, mark: 'wrong' }
    case 'pipeline-ended':
      return plain('The steps are through')
    case 'case-opened':
      return { words: `A person must look (${event.reason}): ${event.text}`, mark: 'wrong' }
    case 'case-proposed':
      return plain(`${event.by} wants to ${event.action}: ${event.why}. Somebody else has to agree`)
    case 'case-closed': {
      const people = event.approvedBy === undefined ? event.by : `${event.by} and ${event.approvedBy}`
      return { words: `Resolved by ${people} (${event.action}): ${event.why}`, mark: 'learned' }
    }
    case 'settled':
      return plain(
        `The provider's report has ${event.kind.replaceAll('-', ' ')}: ${event.verdict.replaceAll('-', ' ')}`,
      )
    case 'work-retried':
      return plain(`${stepOf(event.key)} is to be done again`)
    default:
      return plain((event as { readonly type: string }).type)
  }
}

function movedWords({ to, evidence }: Extract<PaymentEvent, { readonly type: 'operation-moved' }>): string {
  if (to === 'not-seen' && evidence.source !== 'person')
    return 'Closed by the waiting rule: the provider never saw it'
  return `${LEARNED[evidence.source]}: ${to.replaceAll('-', ' ')}`
}

const LEARNED: Readonly<Record<Evidence['source'], string>> = {
  answer: "The provider's answer",
  inquiry: 'Learned by asking',
  notification: "The provider's call",
  return: 'At the door',
  transport: 'Sending failed',
  engine: 'Decided here',
  person: 'People say',
  report: 'The settlement report',
}

function plain(words: string): EventWords {
  return { words, mark: 'plain' }
}

function workWords(work: readonly { readonly step: string }[]): string {
  return work.length === 0 ? '' : `; to do: ${work.map(({ step }) => step).join(', ')}`
}
