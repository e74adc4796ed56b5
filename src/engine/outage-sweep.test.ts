import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeAndCaptureProcess } from '../pipeline/defaults.ts'
import { Bed, cardModule, settle } from './bed.test-data.ts'
import { Machine, Mortal, Outage, SPOOL_CALLS } from './outage.test-data.ts'
import { virtualWorld } from './virtual-world.test-data.ts'

const MINUTE_MS = 60_000
/** The journal is away for so long: shorter than all tries, and longer than anybody tries. */
const OUTAGES_MS = [5_000, 3 * MINUTE_MS]
const LIMITS = { dueEveryMs: 20_000, heartbeatEveryMs: 5_000, doubtCaseAfterMs: 20 * MINUTE_MS }
/** More crossings would mean that the payment never ends. */
const CROSSINGS_MAX = 200
const modules = [cardModule({ pipelines: { process: authorizeAndCaptureProcess } })]

interface Scene {
  /** The answer is there, or the commit of it was asked for, or written. */
  readonly awayFrom: 'answer' | 'commit B' | 'commit B written'
  readonly awayMs: number
  readonly withSpool: boolean
  /** The crossing of a port at which the process ends. */
  readonly diesAt: number
}

/** Plays one payment; answers the places that its process came by, or undefined when it outlived the scene. */
async function play(scene: Scene): Promise<readonly string[] | undefined> {
  const bed = new Bed()
  const outage = new Outage(bed)
  const machine = new Machine()
  const mortal = new Mortal(scene.diesAt)
  const before = bed.between
  let back: (() => void) | undefined
  const goAway = (): void => {
    outage.isAway = true
    back = bed.clock.after(scene.awayMs, () => (outage.isAway = false))
  }
  let isFirst = true
  bed.between = (ports) => {
    const { journal, transport } = before(ports)
    if (!isFirst) return { journal, transport }
    isFirst = false
    let sent = 0
    return {
      journal: mortal.port(journal, ['append']),
      transport: {
        ...transport,
        send: async (exchange, mayStart) => {
          const answer = await mortal.port(transport, ['send']).send(exchange, mayStart)
          if (sent++ === 0 && scene.awayFrom === 'answer') goAway()
          return answer
        },
      },
    }
  }
  bed.journalFault = ({ payment }) => {
    const isCommitB = payment?.events.some(({ type }) => type === 'operation-moved') === true
    if (!isCommitB || back !== undefined || scene.awayFrom === 'answer') return undefined
    goAway()
    return scene.awayFrom === 'commit B' ? 'before' : 'after'
  }
  const world = mortal.world(virtualWorld(bed.clock, 'node-mortal'))
  const spool = scene.withSpool ? { spool: mortal.port(machine.spool(), SPOOL_CALLS) } : {}
  const cf = await bed.engine({ modules, world, limits: LIMITS, ...spool })
  void cf.pay(bed.request({ waitMs: 1_000 })).catch(() => undefined)
  for (let turn = 0; turn < 5; turn++) await settle()
  await bed.advance(scene.awayMs + MINUTE_MS)
  if (mortal.isDead) {
    machine.powerCut()
    await bed.engine({ modules, limits: LIMITS, ...(scene.withSpool ? { spool: machine.spool() } : {}) })
  }
  mortal.spare()
  await bed.advance(50 * MINUTE_MS)
  assertAgreement(bed, scene, mortal)
  return mortal.isDead ? mortal.crossed : undefined
}

/**
 * The journal and the PSP's ledger tell the same, and nothing was sent twice (L1, S1, S3, S4). A capture of which the
 * process that wrote it down is gone, or could not send it in time, is a case (design 5.4).
 */
function assertAgreement(bed: Bed, scene: Scene, mortal: Mortal): void {
  const where = `${JSON.stringify(scene)} after ${mortal.crossed.at(-1) ?? 'nothing'}`
  for (const { payment } of bed.store.allPayments()) {
    const left = new Set<string | undefined>()
    for (const { kind, state, reference } of payment.operations) {
      const live = bed.network.ledger(reference)?.liveExecutions ?? 0
      if (kind === 'authorize') assert.equal(live, state === 'approved' ? 1 : 0, where)
      if (kind === 'capture' && (state === 'intended' || state === 'not-sent')) left.add(reference)
      else assert.ok(['approved', 'done', 'not-seen'].includes(state), `${kind} ${state}: ${where}`)
    }
    const cases = payment.cases.map(({ reason, reference }) => `${reason} ${reference}`)
    assert.deepEqual(
      cases,
      [...left].map((reference) => `modification-unresolved ${reference}`),
      where,
    )
  }
  assert.ok(bed.network.times('charge') <= 1, where)
  assert.ok(bed.network.times('capture') <= 1, where)
}

describe('a journal that goes away after a send, and a process that ends at any crossing meanwhile', () => {
  for (const withSpool of [true, false]) {
    for (const awayFrom of ['answer', 'commit B', 'commit B written'] as const) {
      it(`leaves journal and ledger in agreement ${withSpool ? 'with' : 'without'} a spool, away from: ${awayFrom}`, async () => {
        for (const awayMs of OUTAGES_MS) {
          const places = new Set<string>()
          for (let diesAt = 1; ; diesAt++) {
            assert.ok(diesAt < CROSSINGS_MAX, 'it ends')
            const crossed = await play({ awayFrom, awayMs, withSpool, diesAt })
            if (crossed === undefined) break
            places.add(crossed.at(-1) ?? '')
          }
          assert.ok(places.has('after send'))
          if (withSpool)
            for (const place of ['before add', 'after add', 'before remove'])
              assert.ok(places.has(place), place)
        }
      })
    }
  }
})
