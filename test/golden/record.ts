import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { account, Bed, card, cardModule, hostedModule, RARELY } from '../../src/engine/bed.test-data.ts'
import { encode } from '../../src/journal/codec.ts'
import { authorizeProcess } from '../../src/pipeline/defaults.ts'
import { reserveStock } from '../../src/pipeline/steps/index.ts'
import { backOffice, completeChallenge } from '../../src/simulators/worldpay/index.ts'

/*
 * Histories of payments as a released version wrote them. They stay for ever: whatever comes later must fold them to
 * the same snapshots (F25). The clock and the randomness are those of a test, so that recording again gives the same
 * files, and a change of what is written is noticed:
 *
 *   node -C counterfoil-source test/golden/record.ts
 */

/** The version whose files are written, as the name of their folder; earlier folders are never touched again. */
export const VERSION = '0-4-0'

export interface Golden {
  readonly about: string
  /** One entry per append: the events exactly as the journal holds them, as JSON text of the codec. */
  readonly appends: readonly { readonly atMs: number; readonly fence: number; readonly events: unknown }[]
  /** The snapshot after the last append, as the journal holds it. */
  readonly snapshot: unknown
}

const MINUTE_MS = 60_000
const later = cardModule({ pipelines: { process: authorizeProcess } })
const withStock = cardModule({ pipelines: { process: (p) => p.insertBefore('charge', reserveStock) } })

/** Each plays one payment and answers its id. */
const stories: Readonly<Record<string, readonly [about: string, play: (bed: Bed) => Promise<string>]>> = {
  'sale-paid': [
    'A sale that is approved and told.',
    async (bed) => {
      const cf = await bed.engine()
      return (await cf.pay(bed.request())).id
    },
  ],
  'sale-declined-with-undo': [
    'Stock is reserved, the card is declined, the stock is released.',
    async (bed) => {
      const cf = await bed.engine({ modules: [withStock] })
      return (await cf.pay(bed.request({ card: card('REFUSED') }))).id
    },
  ],
  'doubt-adopted': [
    'The answer is lost; an inquiry finds the approval.',
    async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance(MINUTE_MS)
      return id
    },
  ],
  'doubt-case-ended-by-evidence': [
    'Nobody can tell for long, a person proposes to adopt it, and an inquiry ends doubt and case.',
    async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      bed.network.on('inquiry', { kind: 'answer', fault: { kind: 'unavailable' } }, 20)
      const cf = await bed.engine({ limits: { ...RARELY, doubtCaseAfterMs: 30 * MINUTE_MS } })
      const { id: paymentId } = await cf.pay(bed.request())
      await bed.advance(60 * MINUTE_MS)
      const [{ caseId } = { caseId: '' }] = await cf.cases()
      const said = { action: 'adopt', by: 'ann', why: 'It stands there.', key: 'resolve-1' } as const
      await cf.resolveCase({ paymentId, caseId, ...said })
      bed.network.clear()
      await bed.advance(60 * MINUTE_MS)
      return paymentId
    },
  ],
  'doubt-not-seen': [
    'The request is lost, its socket reset; the waiting rule closes it.',
    async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: false, socketReset: true })
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance(20 * MINUTE_MS)
      return id
    },
  ],
  'captured-and-refunded-in-parts': [
    'An authorization, two captures, one in doubt, a refund that fails for now, a refund.',
    async (bed) => {
      const cf = await bed.engine({ modules: [later] })
      const { id } = await cf.pay(bed.request())
      await cf.capture({ paymentId: id, key: 'capture-1', amountMinor: 500n })
      await cf.refund({ paymentId: id, key: 'too-early' }).catch((error: Error) => error)
      await bed.advance(MINUTE_MS)
      bed.network.on('capture', { kind: 'unknown', executed: true })
      await cf.capture({ paymentId: id, key: 'capture-2', amountMinor: 1499n })
      await bed.advance(MINUTE_MS)
      await cf.refund({ paymentId: id, key: 'refund-01', amountMinor: 700n })
      await bed.advance(MINUTE_MS)
      return id
    },
  ],
  'closed-in-flight': [
    'The shop closes the order while the charge is in flight: reversed, and a case.',
    async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const cf = await bed.engine()
      const paying = cf.pay(bed.request({ waitMs: 0 }))
      await bed.advance(1)
      await cf.closeOrder({ orderId: 'order-1' })
      bed.network.release()
      await bed.advance(20 * MINUTE_MS)
      return (await paying).id
    },
  ],
  'mismatch-reversed': [
    'Answer and inquiry say another amount: reversed, and a case.',
    async (bed) => {
      bed.network.on('charge', { kind: 'answer', fault: { kind: 'wrong-amount' } })
      bed.network.on('inquiry', { kind: 'answer', fault: { kind: 'wrong-amount' } })
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance(20 * MINUTE_MS)
      return id
    },
  ],
  'effect-failed-and-taken-over': [
    'The shop is down, the process stops, another one tells.',
    async (bed) => {
      const first = await bed.engine({ shop: { sendOrderMail: () => Promise.reject(new Error('mail is down')) } })
      const { id } = await first.pay(bed.request())
      await bed.advance(5_000)
      await first.stop()
      await bed.engine()
      await bed.advance(2 * MINUTE_MS)
      return id
    },
  ],
  'redirect-paid-at-the-second-try': [
    "A card is refused on the provider's page, another is taken; the provider calls, the payer comes back.",
    async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()] })
      const { id, statusUrl } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      await bed.advance(MINUTE_MS)
      const { reference } = bed.charge(id)
      bed.payThere(reference, 'REFUSED')
      await bed.calls(cf)
      bed.payThere(reference)
      const link = statusUrl.slice(statusUrl.lastIndexOf('/') + 1)
      await cf.payerReturned({ link, door: 'success', waitMs: 1_000 })
      await bed.calls(cf, 2)
      await bed.advance(MINUTE_MS)
      return id
    },
  ],
  'redirect-unpaid': [
    "Nobody pays on the provider's page; two inquiries after it has closed end it.",
    async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()] })
      const { id } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      await bed.advance(150 * MINUTE_MS)
      return id
    },
  ],
  'challenge-passed-then-charged-back': [
    'A soft decline, a challenge that is passed, a chargeback that is reversed.',
    async (bed) => {
      const secure = cardModule({ gateway: account.direct, believe: 'source' })
      const cf = await bed.engine({ modules: [secure] })
      const browser = { accept: '*/*', userAgent: 'Golden', javaScript: false, deviceSession: undefined }
      const { id, statusUrl } = await cf.pay(bed.request({ card: card('SOFT_DECLINE'), browser }))
      await bed.advance(MINUTE_MS)
      const { reference, handedOver } = bed.payment(id).operations.at(-1) ?? assert.fail('it is asked again')
      const { transactionId } = bed.network.psp.authentications[reference] ?? assert.fail('the bank waits')
      completeChallenge(bed.network.psp, transactionId, 'passed', bed.clock.nowMs)
      const link = statusUrl.slice(statusUrl.lastIndexOf('/') + 1)
      await cf.payerReturned({ link, door: 'challenge', token: handedOver?.returnToken ?? '' })
      for (const action of ['charge-back', 'reverse-charge-back'] as const) {
        await bed.advance(20 * MINUTE_MS)
        await bed.calls(cf)
        backOffice(bed.network.psp, reference, action, undefined, bed.clock.nowMs)
        await bed.advance(2 * MINUTE_MS)
        await bed.calls(cf)
      }
      await bed.advance(20 * MINUTE_MS)
      return id
    },
  ],
}

/** Plays every story; the text of each file by its name. */
export async function recordAll(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const [name, [about, play]] of Object.entries(stories)) {
    const bed = new Bed({ notificationUrl: 'kept' })
    const id = await play(bed)
    await bed.close()
    const appends = bed.store.history(id).map(({ atMs, fence, events }) => {
      return { atMs, fence, events: JSON.parse(encode(events)) as unknown }
    })
    const snapshot = JSON.parse(encode(bed.payment(id))) as unknown
    const golden: Golden = { about, appends, snapshot }
    files.set(`${name}.json`, `${JSON.stringify(golden, undefined, 1)}\n`)
  }
  return files
}

export function pathOf(name: string, version = VERSION): string {
  return `${import.meta.dirname}/${version}/${name}`
}

if (import.meta.main) {
  mkdirSync(pathOf(''), { recursive: true })
  for (const [name, text] of await recordAll()) writeFileSync(pathOf(name), text)
}
