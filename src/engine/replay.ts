import { CounterfoilError, failure, reasonOf } from '../errors.ts'
import type { SpoolRecord } from '../journal/spool.ts'
import type { Finding } from '../payment/finding.ts'
import { type Operation, operationOf } from '../payment/state.ts'
import { remove } from './aside.ts'
import { keepBusy } from './beside.ts'
import { load, type Session } from './commit.ts'
import { openFailureCase } from './failure-case.ts'
import { eachOf, type EngineNode, track, whyNotOnDuty } from './node.ts'
import { deliver } from './outbox.ts'
import type { Presence } from './presence.ts'
import { type Resolved, sendAll, tryLate, tryToResolve, unsentOf, versionNow } from './resolve.ts'

/** Other writers of the same payment are rare; who meets more than these has a storm, not a race. */
const CONFLICTS_MAX = 5
/** So many answers in a row that the journal does not take: it is away again, and the others need not be tried. */
const FAILURES_IN_A_ROW_MAX = 3

/**
 * One round over what is kept aside: each answer is written down by the same fenced commit that was to be made of it,
 * or kept as late evidence where somebody else has the payment by now. Each is isolated from the others (F22).
 */
export async function replay(node: EngineNode): Promise<void> {
  const { spooled, limits } = node
  if (!spooled.isUsable || spooled.spool.size === 0) return
  // What the journal has not heard of must send nothing; and while it hears nothing, it takes nothing either.
  if (whyNotOnDuty(node) !== undefined) return
  let failures = 0
  await eachOf(spooled.due(), limits.recoveriesAtOnceMax, async (record) => {
    if (failures >= FAILURES_IN_A_ROW_MAX) return
    failures = (await replayOne(node, record)) ? 0 : failures + 1
  })
}

/** False when the journal did not take it. */
async function replayOne(node: EngineNode, record: SpoolRecord): Promise<boolean> {
  const { spooled } = node
  const { id, paymentId } = record
  spooled.attend(id)
  try {
    const cannot = await write(node, record)
    if (cannot === undefined) await remove(node, id)
    else await park(node, record, cannot, true)
    return true
  } catch (error) {
    if (isPassing(error)) {
      node.log({ level: 'warn', message: `an answer waits on: ${reasonOf(error)}`, paymentId })
      spooled.later(id, false)
      return false
    }
    await park(node, record, reasonOf(error), false)
    return true
  } finally {
    spooled.letGo(id)
  }
}

/** What may be otherwise the next time. */
function isPassing(error: unknown): boolean {
  return error instanceof CounterfoilError && error.retry !== 'never'
}

/** Why it cannot be written, or undefined once it is. */
async function write(node: EngineNode, record: SpoolRecord): Promise<string | undefined> {
  const { id, paymentId, reference, finding } = record
  const first = await load(node, paymentId)
  if (first === undefined) return `the journal has no payment ${paymentId}`
  if (operationOf(first.payment, reference) === undefined) return `it has no operation ${reference}`
  const module = node.modules.get(first.payment.module)
  const version =
    module === undefined ? {} : await versionNow(node, first, reference, finding.kind === 'approved')
  // Also of the rounds before, whose commit may have been written although it seemed to fail.
  const asked = node.spooled.asked(id)
  const goOn = (resolved: Resolved, presence: Presence): void => {
    node.spooled.taken(id)
    track(node, paymentId, follow(node, resolved, presence))
  }
  let session: Session | undefined = first
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    if (session === undefined) return `payment ${paymentId} is not in the journal any more`
    const operation = operationOf(session.payment, reference)
    const unsent = session.payment.owner === node.world.nodeId ? unsentOf(session, asked) : []
    if (unsent.length > 0) {
      goOn({ session, toSend: unsent }, node.presences.take(paymentId))
      return undefined
    }
    if (operation !== undefined && isWritten(operation, finding)) return undefined
    const isCurrent = session.payment.fence === record.fence && operation?.leg === record.leg
    if (module === undefined || !isCurrent) {
      if ((await tryLate(node, session, reference, finding)) !== undefined) return undefined
    } else {
      const presence = node.presences.take(paymentId)
      let resolved: Resolved | undefined
      try {
        resolved = await tryToResolve(node, module, session, reference, finding, presence, version, asked)
      } finally {
        if (resolved === undefined) node.presences.hold(paymentId, presence)
      }
      if (resolved !== undefined) {
        goOn(resolved, presence)
        return undefined
      }
    }
    session = await load(node, paymentId)
  }
  throw failure('CF_JOURNAL_CONFLICT', `the payment changed ${CONFLICTS_MAX} times meanwhile`)
}

/** The commit was written before the answer was put aside, or before it could be taken out again (F8). */
function isWritten({ evidence }: Operation, finding: Finding): boolean {
  const { source, atMs, text, code, pspReference } = finding.evidence
  return (
    evidence !== undefined &&
    evidence.source === source &&
    evidence.atMs === atMs &&
    evidence.text === text &&
    evidence.code === code &&
    evidence.pspReference === pspReference
  )
}

/** What was written down with it is sent, and the shop is told, as it would have been then. */
async function follow(node: EngineNode, { session, toSend }: Resolved, presence: Presence): Promise<void> {
  const { paymentId, module: name } = session.payment
  const module = node.modules.get(name)
  if (module === undefined) return
  const release = keepBusy(node, paymentId)
  try {
    const sent = await sendAll(node, module, { session, toSend }, presence)
    await deliver(node, module, sent)
  } finally {
    release()
  }
}

/**
 * It is in nobody's way: it is looked at again less and less, and recovery finds out about its payment by inquiry. A case
 * tells people what it says. After the time for which a notification may wait for its payment it is dropped if a case
 * has told of it, or if the journal knows nothing that it fits; any other is kept.
 */
async function park(node: EngineNode, record: SpoolRecord, why: string, fitsNothing: boolean): Promise<void> {
  const { id, paymentId, reference, finding, atMs } = record
  const what = `the answer '${finding.kind}' to ${reference}`
  const isTold = await openFailureCase(node, paymentId, {
    text: caseText(node, record, why),
    reference,
    caseId: id,
  })
  if (node.world.nowMs() - atMs > node.limits.parkedForMs && (isTold || fitsNothing)) {
    node.log({ level: 'error', message: `${what} is given up: ${why}`, paymentId })
    await remove(node, id)
    return
  }
  if (!node.spooled.isParked(id)) {
    node.log({ level: 'error', message: `${what} cannot be written down, and is parked: ${why}`, paymentId })
  }
  node.spooled.later(id, true)
}

/** Of what the provider's words are quoted: they may be what cannot be written. */
const QUOTED_CHARACTERS_MAX = 200

function caseText({ spooled, world }: EngineNode, { finding, atMs }: SpoolRecord, why: string): string {
  const { text, code, pspReference } = finding.evidence
  const words = [text, code, pspReference].filter((word) => word !== undefined)
  const quoted = words.map((word) => word.slice(0, QUOTED_CHARACTERS_MAX).toWellFormed()).join(', ')
  const at = new Date(atMs).toISOString()
  return `The provider answered '${finding.kind}' (${quoted}) at ${at}. This cannot be written down (${why}), and is kept in ${spooled.spool.name} of ${world.nodeId}.`
}
