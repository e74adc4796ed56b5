import type { CaseDetails, CaseId, CaseResolution } from '../../src/engine/api.ts'
import type { CaseOffer } from '../../src/payment/case-actions.ts'
import { trueActions } from './case-truth.ts'
import { Person } from './person.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** So often somebody looks at the open cases of a payment, and so often it takes another word on one. */
const LOOKS_MAX = 5
const WORDS_MAX = 4
const TRIES_MAX = 3
const NAMES = ['ann', 'bob', 'cem'] as const

interface Word {
  readonly offer: CaseOffer
  readonly amountMinor?: bigint
}

/**
 * The people who look after cases: hours after one was opened they look at the PSP's books, and say what is true. One
 * proposes and another agrees, at once, days later or never, or wants something else that is as true.
 */
export class CaseClerk extends Person {
  readonly #lookedAfter = new Set<string>()

  watches(): void {
    const { books, mischief } = this.at
    if (!mischief.isOn('case-resolved')) return
    books.onCase = (paymentId) => {
      if (!this.#lookedAfter.has(paymentId)) this.beside(this.#looksAfter(paymentId))
    }
  }

  async #looksAfter(paymentId: string): Promise<void> {
    const { random, books, mischief } = this.at
    this.#lookedAfter.add(paymentId)
    for (let look = 0; look < LOOKS_MAX; look++) {
      // Drawn before: for nothing nobody wakes up.
      if (!mischief.happens('case-resolved')) continue
      await this.wait(random.pick([HOUR_MS, 2 * HOUR_MS, 5 * HOUR_MS, DAY_MS]))
      const cases = books.payments.get(paymentId)?.payment.cases.filter(({ closed }) => closed === undefined)
      if (cases === undefined || cases.length === 0) break
      for (const { caseId } of cases) await this.#resolves({ paymentId, caseId })
    }
    this.#lookedAfter.delete(paymentId)
  }

  async #resolves(id: CaseId): Promise<void> {
    const { random, mischief } = this.at
    for (let words = 0; words < WORDS_MAX; words++) {
      const details = await this.settled(this.at.cluster.engine()?.case(id))
      const word = details === undefined ? undefined : this.#wordOn(details)
      if (details === undefined || word === undefined) return
      const others = NAMES.filter((name) => name !== details.proposal?.by)
      const by = random.pick(others)
      const beside = mischief.happens('clerks-at-once')
        ? this.#says(
            id,
            this.#wordOn(details, word) ?? word,
            random.pick(NAMES.filter((name) => name !== by)),
          )
        : undefined
      const outcome = await this.#says(id, word, by)
      await beside
      if (outcome === 'resolved') return
      if (mischief.happens('agreement-late')) {
        if (random.chance(0.3)) return
        await this.wait(random.between(DAY_MS, 3 * DAY_MS))
      } else {
        await this.wait(random.between(MINUTE_MS, 2 * HOUR_MS))
      }
    }
  }

  /** What was proposed, or is said beside, if it is true; else something else that is, and is offered. */
  #wordOn({ paymentId, caseId, actions, proposal }: CaseDetails, beside?: Word): Word | undefined {
    const { books, psp, random, mischief } = this.at
    const payment = books.payments.get(paymentId)?.payment
    const one = payment?.cases.find((other) => other.caseId === caseId)
    if (payment === undefined || one === undefined) return undefined
    const words = trueActions(payment, one, books, psp).flatMap((action) =>
      actions.filter((offer) => offer.action === action),
    )
    const said = beside?.offer.action ?? proposal?.action
    const proposed = words.find(({ action }) => action === said)
    const others = words.filter((offer) => offer !== proposed)
    if (proposed !== undefined && (others.length === 0 || !mischief.happens('clerks-disagree'))) {
      const { amountMinor } = beside ?? proposal ?? {}
      return { offer: proposed, ...(amountMinor === undefined ? {} : { amountMinor }) }
    }
    const [best] = others
    if (best === undefined) return undefined
    const offer = random.chance(0.25) ? best : random.pick(others)
    const inPart = offer.mostMinor !== undefined && random.chance(0.5)
    return { offer, ...(inPart ? { amountMinor: BigInt(random.between(1, Number(offer.mostMinor))) } : {}) }
  }

  /** Says it by one node, and again with the same key where no answer came. */
  async #says(
    id: CaseId,
    { offer, amountMinor }: Word,
    by: string,
  ): Promise<CaseResolution['outcome'] | undefined> {
    const { random, mischief, cluster, note } = this.at
    const { action } = offer
    const amount = amountMinor === undefined ? {} : { amountMinor }
    const request = {
      ...id,
      action,
      ...amount,
      by,
      why: 'Seen in the books of the provider.',
      key: this.key(),
    }
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const asked = this.settled(cluster.engine()?.resolveCase(request))
      const isCutOff = tries === 0 && mischief.happens('clerk-repeats')
      if (isCutOff) {
        await this.wait(random.between(1, 60))
        cluster.crashAll()
      }
      const resolution = await asked
      note(`${by} says '${action}' of the case of ${id.paymentId}: ${resolution?.outcome ?? 'no answer'}`)
      if (resolution !== undefined && !isCutOff) return resolution.outcome
      await this.wait(random.between(MINUTE_MS, 5 * MINUTE_MS))
    }
    return undefined
  }
}
