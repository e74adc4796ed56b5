import type { PaymentEvent } from '../../journal-types.ts'
import { waits } from './story.ts'
import type { Teller } from './teller.ts'

type Event<Type extends PaymentEvent['type']> = Extract<PaymentEvent, { readonly type: Type }>

interface Queued {
  readonly key: string
  readonly kind: string
  readonly step: string
}

/** What the shop has to be told, and was. Local work is Counterfoil's own affair, and is not told here. */
export class ShopWork {
  readonly #teller: Teller
  readonly #byKey = new Map<string, Queued>()
  readonly #undone = new Set<string>()

  constructor(teller: Teller) {
    this.#teller = teller
  }

  queued(work: readonly Queued[]): void {
    for (const each of work) {
      this.#byKey.set(each.key, each)
      if (each.kind !== 'local') this.#undone.add(each.key)
    }
    if (this.#undone.size > 0 && !this.#teller.isOpen('work')) {
      this.#teller.open('work', waits('counterfoil', 'shop', 'the shop is to be told'))
    }
  }

  /** What was done in a row is told in one row. */
  done(events: readonly Event<'work-done'>[]): void {
    for (const outcome of ['done', 'superseded'] as const) {
      const told = events.filter(
        (event) => event.outcome === outcome && this.#byKey.get(event.key)?.kind !== 'local',
      )
      if (told.length === 0) continue
      const words = told.map(({ key }) => this.#wordsOf(key)).join(', ')
      if (outcome === 'done') this.#teller.word('counterfoil', 'shop', `${words}: done`, { isAnswered: true })
      else this.#teller.mark(`${words}: overtaken, left out`)
      for (const { key } of told) this.#settled(key)
    }
  }

  failed({ key, reason }: Event<'work-failed'>): void {
    const said = { tone: 'bad', isLost: true, code: reason } as const
    this.#teller.word('counterfoil', 'shop', `${this.#wordsOf(key)} fails, again later`, said)
  }

  parked({ key, reason }: Event<'work-parked'>): void {
    this.#teller.mark(`${this.#wordsOf(key)} is left to a person`, { tone: 'bad', code: reason })
    this.#settled(key)
  }

  #settled(key: string): void {
    this.#undone.delete(key)
    if (this.#undone.size === 0) this.#teller.close('work')
  }

  #wordsOf(key: string): string {
    const work = this.#byKey.get(key)
    if (work === undefined) return key
    return work.kind === 'undo' ? `undo of ${work.step}` : work.step
  }
}
