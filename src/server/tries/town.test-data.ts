// No tests stand here: a town of bots and honest payers, two simulated hours long.
import assert from 'node:assert/strict'
import { type EngineStage, engineStage } from '../engine-stage.test-data.ts'
import { cardNumber, Door, type Hidden, Visitor } from './visitor.test-data.ts'

export const BOTS = 10_000
export const AT_ONCE = 24
const ATTACK_MS = 7_200_000
/** Of the stolen cards so many are good. */
const GOOD_CARDS_SHARE = 0.05
const SEED = 20_300_101
const TRIES_OF_A_BOT = 2

/** What came of it. */
export interface Figures {
  readonly rows: readonly string[]
  readonly tries: number
  readonly reached: number
  readonly payers: number
  readonly paid: number
  /** What went wrong for honest payers. */
  readonly unhappy: readonly string[]
  readonly logged: number
  readonly tookMs: number
}

/** Plays the attack against the real pages and the real engine. */
export async function attackTown(): Promise<Figures> {
  const clock = { nowMs: Date.UTC(2030, 0, 1) }
  await using stage = await engineStage({ nowMs: () => clock.nowMs, trustProxy: ['127.0.0.1'] })
  const door = new Door(stage.origin, stage.server)
  const town = new Town(stage, door, randomFrom(SEED))
  const deeds = [...town.attack(), ...town.honest()].toSorted((one, other) => one.atMs - other.atMs)
  const startedMs = performance.now()
  const beganMs = clock.nowMs
  await play(deeds, (atMs) => {
    clock.nowMs = beganMs + Math.floor(atMs)
  })
  await door.close()
  return { ...town.figures(), logged: stage.logged.length, tookMs: performance.now() - startedMs }
}

/** mulberry32: the same numbers in the same order for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Something that happens at its time. */
interface Deed {
  readonly atMs: number
  readonly run: () => Promise<void>
}

/** How a bot goes about it: what it shares with the others of its kind, and what it changes each time. */
interface Strategy {
  readonly name: string
  readonly share: number
  /** Opens its forms before anybody has sent one, where a limit could be known then. */
  readonly hoards?: boolean
  bot(index: number): Bot
}

interface Bot {
  readonly visitor: () => Visitor
  readonly order: (nth: number) => string
  readonly card: (nth: number) => string
}

/** Some at a time, in the order of their times; the clock is where the latest that has begun is. */
async function play(deeds: readonly Deed[], setClock: (atMs: number) => void): Promise<void> {
  const queue = deeds.values()
  const worker = async (): Promise<void> => {
    for (const { atMs, run } of queue) {
      setClock(atMs)
      await run()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** Different IPv4 addresses for different numbers. */
export function addressOf(index: number): string {
  return `${20 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.9`
}

/** Whoever comes to the shop in these hours. */
class Town {
  readonly #stage: EngineStage
  readonly #door: Door
  readonly #random: () => number
  readonly #tries = new Map<string, number>()
  /** Which strategy an order belongs to, so that what the provider saw can be told apart. */
  readonly #strategyOf = new Map<string, string>()
  readonly #goodCards = new Set<string>()
  /** What the bank of an honest payer answers, try by try. */
  readonly #banks = new Map<string, ('approved' | 'declined')[]>()
  readonly #unhappy: string[] = []
  #payers = 0
  #paid = 0
  #serial = 0

  constructor(stage: EngineStage, door: Door, random: () => number) {
    this.#stage = stage
    this.#door = door
    this.#random = random
    stage.psp.word = ({ cardNumber: number = '', orderId }) =>
      this.#banks.get(orderId)?.shift() ?? (this.#goodCards.has(number) ? 'approved' : 'declined')
  }

  figures(): Omit<Figures, 'logged' | 'tookMs'> {
    const reachedOf = new Map<string, number>()
    for (const { orderId } of this.#stage.psp.seen) {
      const name = this.#strategyOf.get(orderId)
      if (name !== undefined) reachedOf.set(name, (reachedOf.get(name) ?? 0) + 1)
    }
    const rows = [...this.#tries].map(([name, tries]) => {
      const reached = reachedOf.get(name) ?? 0
      return `  ${name.padEnd(44)} ${String(tries).padStart(6)} tries, ${String(reached).padStart(3)} reached the provider`
    })
    const sum = (counts: Iterable<number>): number => [...counts].reduce((all, one) => all + one, 0)
    const [tries, reached] = [sum(this.#tries.values()), sum(reachedOf.values())]
    rows.push(
      `  ${'all'.padEnd(44)} ${String(tries).padStart(6)} tries, ${String(reached).padStart(3)} reached: ${((100 * reached) / tries).toFixed(2)} %`,
    )
    return { rows, tries, reached, payers: this.#payers, paid: this.#paid, unhappy: this.#unhappy }
  }

  attack(): readonly Deed[] {
    return this.#strategies().flatMap((strategy) => {
      const bots = Array.from({ length: Math.round(strategy.share * BOTS) }, (_, index) =>
        strategy.bot(index),
      )
      return bots.flatMap((bot) => this.#deedsOf(strategy, bot))
    })
  }

  #strategies(): readonly Strategy[] {
    const fresh = (): number => ++this.#serial
    const someone = (): Visitor => new Visitor(this.#door, addressOf(fresh()))
    const anOrder = (): string => `bot-${fresh()}`
    const aBadCard = (): string => cardNumber(1_000_000 + fresh())
    const aCard = (): string => {
      const number = aBadCard()
      if (this.#random() < GOOD_CARDS_SHARE) this.#goodCards.add(number)
      return number
    }
    const alone = (): Bot => ({ visitor: someone, order: anOrder, card: aCard })
    const shared = cardNumber(777)
    const stolen = 'x'.repeat(24)
    const inNetwork = (): string =>
      `2001:db8:bad:1:${[0, 0, 0, 0].map(() => Math.floor(this.#random() * 65_536).toString(16)).join(':')}`
    return [
      {
        name: 'one order, many cards',
        share: 0.15,
        bot: (index) => ({ ...alone(), card: aBadCard, order: () => `target-${index % 2}` }),
      },
      {
        name: 'one order, many cards, forms opened before',
        share: 0.1,
        hoards: true,
        bot: (index) => ({ ...alone(), card: aBadCard, order: () => `hoard-${index % 2}` }),
      },
      {
        name: 'one card, many orders (guessing its code)',
        share: 0.25,
        bot: () => ({ ...alone(), card: () => shared }),
      },
      {
        name: 'a new address of one /64 each time',
        share: 0.2,
        bot: () => ({ ...alone(), visitor: () => new Visitor(this.#door, inNetwork()) }),
      },
      {
        name: 'a new session each time, one IPv4 address',
        share: 0.15,
        bot: () => ({ ...alone(), visitor: () => new Visitor(this.#door, '192.0.2.66') }),
      },
      {
        name: 'one session from many addresses',
        share: 0.15,
        bot: () => ({
          ...alone(),
          visitor: () => new Visitor(this.#door, addressOf(fresh()), `__Host-counterfoil=${stolen}`),
        }),
      },
    ]
  }

  #deedsOf({ name, hoards = false }: Strategy, { visitor, order, card }: Bot): readonly Deed[] {
    return Array.from({ length: TRIES_OF_A_BOT }, (_, nth) => {
      const who = visitor()
      const orderId = order(nth)
      this.#strategyOf.set(orderId, name)
      const atMs = this.#random() * ATTACK_MS
      const send = async (hidden: Hidden): Promise<void> => {
        this.#tries.set(name, (this.#tries.get(name) ?? 0) + 1)
        const { status } = await who.send(orderId, hidden, card(nth))
        assert.ok([303, 409, 429].includes(status), `a bot got ${status}`)
      }
      if (!hoards) {
        const run = async (): Promise<void> => {
          const form = await who.form(orderId)
          if (form.status === 200) return send(form.hidden)
          // It is refused before it has typed anything; sent without a form it would be, too.
          assert.ok([303, 429].includes(form.status), `a bot got ${form.status}`)
          this.#tries.set(name, (this.#tries.get(name) ?? 0) + 1)
        }
        return [{ atMs, run }]
      }
      let hidden: Hidden | undefined
      const open = async (): Promise<void> => {
        const form = await who.form(orderId)
        if (form.status === 200) hidden = form.hidden
      }
      const late = async (): Promise<void> => {
        if (hidden !== undefined) await send(hidden)
      }
      return [
        { atMs: -1, run: open },
        { atMs: atMs / 3, run: late },
      ]
    }).flat()
  }

  honest(): readonly Deed[] {
    const plans: readonly (readonly ('typo' | 'declined' | 'approved')[])[] = [
      ['approved'],
      ['typo', 'approved'],
      ['declined', 'approved'],
      ['declined', 'declined', 'approved'],
      ['typo', 'declined', 'typo', 'declined', 'approved'],
    ]
    const homes = Array.from({ length: 40 }, (_, index) => `203.0.113.${index >> 1}`)
    const office = Array.from({ length: 80 }, () => '198.51.100.7')
    // Of a company's many payers few have trouble.
    const rare = [...Array.from({ length: 7 }, () => ['approved'] as const), plans[3]]
    return [
      ...homes.flatMap((home, index) => this.#payer(home, plans[index % plans.length] ?? [])),
      ...office.flatMap((address, index) => this.#payer(address, rare[index % rare.length] ?? [])),
    ]
  }

  /** Somebody who tries until it works, some minutes apart, and presses the button twice at the end. */
  #payer(address: string, plan: readonly ('typo' | 'declined' | 'approved')[]): readonly Deed[] {
    const number = ++this.#payers
    const orderId = `honest-${number}`
    const who = new Visitor(this.#door, address)
    this.#banks.set(
      orderId,
      plan.filter((word) => word !== 'typo'),
    )
    let atMs = this.#random() * (ATTACK_MS - plan.length * 240_000)
    return plan.map((word, nth) => {
      atMs += 30_000 + this.#random() * 180_000
      const card = word === 'typo' ? '4444333322221112' : cardNumber(500_000 + number * 10 + nth)
      const run = async (): Promise<void> => {
        const form = await who.form(orderId)
        const came = await who.send(orderId, form.hidden, card)
        const expected = word === 'typo' ? 422 : 303
        if (form.status !== 200 || came.status !== expected) {
          this.#unhappy.push(`${orderId} at ${address}: ${word}, got ${form.status} and ${came.status}`)
          return
        }
        if (word !== 'approved') return
        const again = await who.send(orderId, form.hidden, card)
        const { body } = await who.get(came.location)
        const isPaid = body.includes('your payment is complete') && again.location === came.location
        if (isPaid) this.#paid++
        else this.#unhappy.push(`${orderId} at ${address} has not paid`)
      }
      return { atMs, run }
    })
  }
}
