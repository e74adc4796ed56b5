import type { Counterfoil, PaymentResult, PaymentView } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import { fewLines } from '../few-lines.ts'
import type { Settings } from '../options.ts'
import { type LimitName, type Try } from './limits.ts'
import { namesWith } from './names.ts'
import { steadyStore } from './steady-store.ts'
import type { Count, OpenTry } from './try-store.ts'

/** A form that was sent, with its idempotency key. */
export interface SentForm extends Try {
  readonly key: string
}

/**
 * Keeps those out who try stolen cards (card testing): tries are counted before anything is written down or sent, and
 * beyond a limit they are refused. Every refusal is the same, whatever its reason, down to when to come back.
 */
export interface Tries {
  /**
   * Counts the form and pays. A form that was sent before is not counted again, and neither is what was paid or never
   * got to the provider.
   *
   * @throws CF_TOO_MANY_TRIES, unless the form has a payment already: its page is then the answer, as always.
   */
  during(form: SentForm, pay: () => Promise<PaymentResult>): Promise<PaymentResult>
  /**
   * Counts nothing; before a form is shown that could not be sent.
   *
   * @throws CF_TOO_MANY_TRIES
   */
  check(tried: Try): Promise<void>
  close(): Promise<void>
}

/** How many payments are looked up, at most, before a try is refused: some may have been paid meanwhile. */
const LOOKED_UP_MAX = 50
/** Payments of one order through which the one of a form is looked for. */
const PAYMENTS_OF_ORDER_MAX = 50
const LINES_PER_MINUTE_MAX = 5

export function triesWith(settings: Settings, cf: Counterfoil): Tries {
  const { tries, nowMs, secret } = settings
  const names = namesWith(secret)
  const refusals = fewLines(settings, 'tries to pay that were refused', LINES_PER_MINUTE_MAX)
  const failures = fewLines(settings, 'the store of tries', LINES_PER_MINUTE_MAX)
  const store = steadyStore(tries.store, failures)

  const countsOf = (tried: Try): { readonly counts: readonly Count[]; readonly limitOf: LimitByName } => {
    const limitOf = new Map<string, LimitName>()
    const counts = names.of(tried).flatMap(([limit, name]) => {
      const allowed = tries.limits[limit]
      if (allowed === undefined) return []
      limitOf.set(name, limit)
      return [{ ...allowed, name }]
    })
    return { counts, limitOf }
  }

  /** Lets go of tries in full counts that were paid meanwhile. True when it let go of any. */
  const givesBackIn = async (full: readonly string[]): Promise<boolean> => {
    const open = await store.open(full, nowMs(), LOOKED_UP_MAX)
    const given = await Promise.all(open.map((tried) => settle(tried)))
    return given.includes(true)
  }
  const settle = async ({ id, paymentId }: OpenTry): Promise<boolean> => {
    const view = await cf.payment(paymentId)
    if (view !== undefined && countsNoMore(view)) {
      await store.giveBack(id)
      return true
    }
    if (view === undefined || view.settled) await store.keep(id)
    return false
  }

  const refuse = (full: readonly string[], limitOf: LimitByName): never => {
    const limits = full.map((name) => limitOf.get(name)).join(', ')
    refusals.write({ level: 'warn', message: `the limit ${limits}`, code: 'CF_TOO_MANY_TRIES' })
    throw failure('CF_TOO_MANY_TRIES', 'a limit of tries was reached; nothing was sent')
  }

  const take = async (form: SentForm): Promise<'taken' | 'again'> => {
    const { counts, limitOf } = countsOf(form)
    const tried = { id: names.tryId(form.key), counts, nowMs: nowMs() }
    let taken = await store.take(tried)
    if (taken.kind === 'full' && (await givesBackIn(taken.names))) taken = await store.take(tried)
    if (taken.kind !== 'full') return taken.kind
    return (await hasPayment(cf, form)) ? 'again' : refuse(taken.names, limitOf)
  }

  /** Requests with one form that are under way here: the last of them knows whether any has begun a payment. */
  const together = new Map<string, { requests: number; isOurs: boolean; hasBegun: boolean }>()

  return {
    during: async (form, pay) => {
      const id = names.tryId(form.key)
      const same = together.get(id) ?? { requests: 0, isOurs: false, hasBegun: false }
      together.set(id, same)
      same.requests++
      try {
        if ((await take(form)) === 'taken') same.isOurs = true
        const result = await pay()
        same.hasBegun = true
        await (countsNoMore(result) ? store.giveBack(id) : store.began(id, result.id))
        return result
      } finally {
        same.requests--
        if (same.requests === 0) {
          together.delete(id)
          // The engine throws only before it sends (see Counterfoil.pay); one of several with this form may have sent.
          if (same.isOurs && !same.hasBegun) await store.giveBack(id)
        }
      }
    },

    check: async (tried) => {
      const { counts, limitOf } = countsOf(tried)
      let full = await store.full(counts, nowMs())
      if (full.length > 0 && (await givesBackIn(full))) full = await store.full(counts, nowMs())
      if (full.length > 0) refuse(full, limitOf)
    },

    close: async () => {
      refusals.end()
      failures.end()
      await store.close()
    },
  }
}

type LimitByName = ReadonlyMap<string, LimitName>

/**
 * Who pays tests no cards, so that a family or an office behind one address can buy as much as it likes. And where
 * nothing left for the provider, nothing was learned: an outage uses up nobody's tries.
 */
function countsNoMore({ status, settled, operations }: PaymentView): boolean {
  switch (status) {
    case 'paid':
    case 'refunded':
    case 'disputed':
      return true
    case 'declined':
    case 'cancelled':
      return settled && operations.every(({ state }) => state === 'not-sent')
    case 'started':
    case 'in-progress':
      return false
    default:
      return status satisfies never
  }
}

/**
 * Whether this very form has begun a payment before: the counts may have forgotten it, the journal has not. A payment's
 * key is unique in the journal, so that paying with it again only leads to its page.
 */
async function hasPayment(cf: Counterfoil, { orderId, key }: SentForm): Promise<boolean> {
  const payments = await cf.list({ orderId, limit: PAYMENTS_OF_ORDER_MAX })
  const histories = await Promise.all(payments.map(({ id }) => cf.history(id)))
  return histories
    .flat()
    .flatMap(({ events }) => events)
    .some((event) => event.type === 'payment-opened' && event.key === key)
}
