import type { Append, PaymentEvent } from '../../journal-types.ts'
import { DOUBT_WORDS, smallPrint, tellEvidence } from './evidence.ts'
import { ShopWork } from './shop-work.ts'
import { IN_DOUBT, type Row, type Story, waits } from './story.ts'
import { Teller } from './teller.ts'

/** An answer that comes so soon is told in one row with what it answers. */
const IN_ONE_BREATH_MS = 1_000

type Event<Type extends PaymentEvent['type']> = Extract<PaymentEvent, { readonly type: Type }>

/** Reads a payment's journal as a story: who said what to whom, and who waited for whom in between. */
export function tell(appends: readonly Append[], amountText: (amountMinor: bigint) => string): Story {
  const story = new Telling(amountText)
  for (const append of appends) story.append(append)
  return story.teller.story
}

class Telling {
  readonly teller = new Teller()
  readonly #amountText: (amountMinor: bigint) => string
  /** What each operation is, and where it stands, by its reference. */
  readonly #operations = new Map<string, { readonly words: string; state: string }>()
  readonly #work = new ShopWork(this.teller)
  readonly #called = new Set<string>()

  constructor(amountText: (amountMinor: bigint) => string) {
    this.#amountText = amountText
  }

  append({ version, atMs, events }: Append): void {
    this.teller.begin({ version, atMs })
    let done: Event<'work-done'>[] = []
    for (const event of events) {
      // What was done in a row is told in one row.
      if (event.type === 'work-done') done.push(event)
      else {
        this.#work.done(done)
        done = []
        this.#tell(event)
      }
    }
    this.#work.done(done)
  }

  #tell(event: PaymentEvent): void {
    const { teller } = this
    switch (event.type) {
      case 'payment-opened':
        teller.word('payer', 'counterfoil', `pays ${this.#amountText(event.amountMinor)}`, {
          code: `by ${event.module}`,
        })
        return teller.open('payer', waits('payer', 'counterfoil', 'the payer waits'))
      case 'owner-changed':
        teller.mark('another process takes over', { code: `fence ${event.fence}` })
        return
      case 'step-started':
        this.#called.add(event.step)
        teller.word('counterfoil', 'shop', event.step)
        return teller.open(event.step, waits('counterfoil', 'shop', 'Counterfoil waits for the shop'))
      case 'step-completed':
        if (this.#called.has(event.step)) this.#answerOfShop(event.step, 'done')
        return
      case 'step-refused':
        if (this.#called.has(event.step)) return this.#answerOfShop(event.step, `refused: ${event.reason}`)
        teller.mark(`${event.step} refuses: ${event.reason}`, { tone: 'bad' })
        return
      case 'step-in-doubt':
        teller.word('shop', 'counterfoil', `${event.step}: no answer`, { tone: 'bad', isLost: true })
        return teller.close(event.step)
      case 'operation-intended':
        return this.#intended(event)
      case 'operation-retried':
        return this.#retried(event)
      case 'operation-moved':
        return this.#moved(event)
      case 'operation-doubted':
        return this.#doubted(event)
      case 'operation-inquired':
        tellEvidence(
          this.teller,
          event.evidence,
          `asks what became of it: ${event.found.replaceAll('-', ' ')}`,
        )
        return
      case 'evidence-kept':
        tellEvidence(this.teller, event.evidence, 'kept, changes nothing')
        return
      case 'attempt-refused':
        tellEvidence(this.teller, event.evidence, 'a try was refused; the payer may try again')
        return
      case 'notified':
        return this.#notified(event)
      case 'fact-recorded':
        tellEvidence(
          this.teller,
          event.evidence,
          `${event.fact.replaceAll('-', ' ')} ${this.#amountText(event.amountMinor)}`,
        )
        return
      case 'status-reached':
        teller.mark(event.status.replaceAll('-', ' '), { tone: TONES[event.status] ?? 'plain' })
        if (event.status !== 'in-progress') teller.close('payer')
        return this.#work.queued(event.work)
      case 'fact-queued':
      case 'undo-queued':
        return this.#work.queued(event.work)
      case 'work-done':
        return this.#work.done([event])
      case 'work-failed':
        return this.#work.failed(event)
      case 'work-parked':
        return this.#work.parked(event)
      case 'settled':
        teller.mark(`the report: ${event.kind.replaceAll('-', ' ')}`, { tone: 'plain', code: event.verdict })
        return
      case 'case-opened':
        teller.mark('a person must look', { tone: 'bad', code: event.reason })
        return
      case 'case-proposed':
        teller.mark(`${event.by} proposes to ${event.action}`, { tone: 'plain' })
        return
      case 'case-closed':
        teller.mark(`resolved by ${event.approvedBy ?? event.by}`, { tone: 'plain', code: event.action })
        return
      case 'work-retried':
      case 'pipeline-ended':
        return
      default:
        // A later version's: it stands in the list by its name.
        event satisfies never
    }
  }

  #answerOfShop(step: string, answer: string): void {
    const asked = this.teller.latest(IN_ONE_BREATH_MS)
    if (asked?.words === step && asked.to === 'shop') {
      asked.words = `${step}: ${answer}`
      asked.isAnswered = true
      if (answer !== 'done') asked.tone = 'bad'
    } else {
      this.teller.word('shop', 'counterfoil', `${step}: ${answer}`, answer === 'done' ? {} : { tone: 'bad' })
    }
    this.teller.close(step)
  }

  #intended({ operation }: Event<'operation-intended'>): void {
    const { reference, kind, amountMinor, payableForMs } = operation
    const amount = this.#amountText(amountMinor)
    const words = payableForMs === undefined ? `${kind} of ${amount}` : `a page to pay ${amount}`
    this.#operations.set(reference, { words, state: 'intended' })
    this.#sent(reference, words)
  }

  #retried({ reference, leg }: Event<'operation-retried'>): void {
    const operation = this.#operations.get(reference)
    if (operation?.state === 'challenged') {
      this.teller.word('payer', 'counterfoil', 'comes back from the bank')
      this.teller.close(reference)
      this.teller.open('payer', waits('payer', 'counterfoil', 'the payer waits'))
    }
    if (operation !== undefined) operation.state = 'intended'
    this.#sent(reference, `${operation?.words ?? reference}, leg ${leg}`)
  }

  #sent(reference: string, words: string): void {
    this.teller.word('counterfoil', 'provider', words, {
      tone: 'sent',
      writtenFirst: true,
      code: 'written down first',
    })
    this.teller.open(reference, waits('counterfoil', 'provider', 'Counterfoil waits for the provider'))
  }

  #moved({ reference, to, evidence }: Event<'operation-moved'>): void {
    const { teller } = this
    const words = to === 'not-seen' ? 'closed: the provider never saw it' : to.replaceAll('-', ' ')
    tellEvidence(this.teller, evidence, words, GOOD.has(to) ? 'good' : BAD.has(to) ? 'bad' : 'plain')
    teller.close(reference)
    const operation = this.#operations.get(reference)
    if (operation !== undefined) operation.state = to
    if (to === 'challenged' || to === 'awaiting-payer') {
      teller.word(
        'counterfoil',
        'payer',
        to === 'challenged' ? "to the bank's page" : "to the provider's page",
      )
      teller.close('payer')
      teller.open(reference, waits('counterfoil', 'payer', 'Counterfoil waits for the payer'))
    } else if (to === 'pending' || to === 'accepted' || to === 'awaiting-ack') {
      teller.open(reference, waits('counterfoil', 'provider', 'the provider works on it'))
    }
  }

  #doubted({ reference, evidence }: Event<'operation-doubted'>): void {
    if (evidence.source === 'engine') this.teller.mark(DOUBT_WORDS, { tone: 'bad', code: evidence.text })
    else tellEvidence(this.teller, evidence, DOUBT_WORDS, 'bad')
    this.teller.open(reference, IN_DOUBT)
  }

  #notified({ evidence }: Event<'notified'>): void {
    const isReturn = evidence.source === 'return'
    this.teller.word(isReturn ? 'payer' : 'provider', 'counterfoil', isReturn ? 'comes back' : 'calls', {
      code: smallPrint(evidence),
    })
    if (isReturn && !this.teller.isOpen('payer')) {
      this.teller.open('payer', waits('payer', 'counterfoil', 'the payer waits'))
    }
  }
}

const TONES: Readonly<Record<string, Row['tone']>> = { paid: 'good', declined: 'bad', disputed: 'bad' }
const GOOD: ReadonlySet<string> = new Set(['approved', 'done'])
const BAD: ReadonlySet<string> = new Set(['declined', 'invalid', 'failed', 'mismatch', 'not-sent'])
