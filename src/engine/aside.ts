import { reasonOf } from '../errors.ts'
import type { SpoolRecord } from '../journal/spool.ts'
import type { Finding } from '../payment/finding.ts'
import { operationOf } from '../payment/state.ts'
import { newId } from '../world.ts'
import type { Session } from './commit.ts'
import { type EngineNode, track } from './node.ts'
import { NOBODY, type Presence } from './presence.ts'

/** A commit that takes longer is as good as one that has failed: the process may end before it does. */
const KEEP_AFTER_MS = 1_000

/** What came of one send, on its way into the journal. */
export interface Aside {
  /** The journal does not take it: it goes to the spool, beside whoever goes on trying. */
  keep(): void
  /** The journal has it. */
  written(): void
  /** Nobody tries any more: it is left to the rounds over the spool, with what the commits so far have intended. */
  left(asked: ReadonlySet<string>): void
}

const NOTHING: Aside = { keep: () => undefined, written: () => undefined, left: () => undefined }

/**
 * Watches over what came of a send until it is written down. Only what a send was answered with is kept aside: what
 * an inquiry said can be asked again.
 */
export function asideFor(
  node: EngineNode,
  { payment }: Session,
  reference: string,
  finding: Finding,
  presence: Presence,
): Aside {
  const { spooled, world } = node
  const leg = operationOf(payment, reference)?.leg
  if (!spooled.isUsable || finding.evidence.source === 'inquiry' || leg === undefined) return NOTHING
  const { paymentId, fence } = payment
  const id = newId(world)
  let state: 'apart' | 'kept' | 'written' = 'apart'

  const add = async (): Promise<void> => {
    const record: SpoolRecord = { id, paymentId, reference, leg, fence, finding, atMs: world.nowMs() }
    try {
      await spooled.spool.add(record)
    } catch (error) {
      spooled.letGo(id)
      const message = `an answer could not be kept aside, and is asked for later: ${reasonOf(error)}`
      node.log({ level: 'error', message, paymentId })
      return
    }
    node.log({ level: 'warn', message: 'an answer is kept aside until the journal takes it', paymentId })
    if (state === 'written') await remove(node, id)
  }
  const keep = (): void => {
    stop()
    if (state !== 'apart') return
    state = 'kept'
    spooled.attend(id)
    track(node, paymentId, add())
  }
  const stop = world.timer(KEEP_AFTER_MS, keep)
  return {
    keep,
    written: () => {
      stop()
      const isKept = state === 'kept'
      state = 'written'
      if (isKept && spooled.has(id)) track(node, paymentId, remove(node, id))
    },
    left: (asked) => {
      stop()
      if (state !== 'kept') return
      for (const intended of asked) spooled.asked(id).add(intended)
      spooled.letGo(id)
      // What the payer gave may be wanted by what follows from the answer, if that is soon enough.
      if (presence !== NOBODY) node.presences.hold(paymentId, presence)
    },
  }
}

/** What is not removed now is found to be written by the next round. */
export async function remove(node: EngineNode, id: string): Promise<void> {
  try {
    await node.spooled.spool.remove(id)
  } catch (error) {
    node.log({ level: 'warn', message: `an answer could not be removed from the spool: ${reasonOf(error)}` })
  }
  node.spooled.letGo(id)
}
