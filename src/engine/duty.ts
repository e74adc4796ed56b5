import { reasonOf } from '../errors.ts'
import type { EngineNode } from './node.ts'
import { workOffInbox } from './inbox.ts'
import { runDue } from './recovery.ts'
import { replay } from './replay.ts'

/** How many due payments one round takes. */
const ROUND_MAX = 200

/** A machine whose clock differs by more is worth a line in the log; nothing else comes of it. */
const CLOCK_DIFFERS_MS = 60_000

/**
 * Tells the journal that this node is alive, and takes the time from it. While it cannot, the node stops sending by
 * itself (F13).
 */
export async function heartbeat(node: EngineNode): Promise<void> {
  const { world, clock, duty } = node
  const atMs = world.monotonicMs()
  const toldMs = clock.nowMs()
  const jumpMs = clock.follow(await node.journal.heartbeat(world.nodeId, toldMs), toldMs, atMs)
  duty.heartbeatAtMs = atMs
  if (jumpMs > 0) {
    const message = `the journal's clock is ${inSeconds(jumpMs)} ahead of where it was or should be: what is in doubt waits anew`
    node.log({ level: 'warn', message })
  }
  const aheadMs = clock.machineMs() - clock.nowMs()
  if (Math.abs(aheadMs - duty.machineAheadMs) < CLOCK_DIFFERS_MS) return
  duty.machineAheadMs = aheadMs
  node.log({
    level: 'warn',
    message: `the clock of this machine is ${inSeconds(aheadMs)} ahead of the journal's, which rules`,
  })
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`
}

/** Beats until the signal aborts. */
export async function heartbeats(node: EngineNode, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await node.world.sleep(node.limits.heartbeatEveryMs, signal)
    if (signal.aborted) return
    try {
      await heartbeat(node)
    } catch (error) {
      node.log({ level: 'error', message: `the heartbeat failed: ${reasonOf(error)}` })
    }
  }
}

/** Looks for what is due until the signal aborts. A round that fails is followed by the next. */
export async function rounds(node: EngineNode, signal: AbortSignal): Promise<void> {
  return again(node, signal, 'looking for due payments', async () => runDue(node, ROUND_MAX))
}

/** Writes down what is kept aside, until the signal aborts. */
export async function replays(node: EngineNode, signal: AbortSignal): Promise<void> {
  return again(node, signal, 'writing down what was kept aside', async () => replay(node))
}

/** Looks into the inbox until the signal aborts, beside the rounds over what is due. */
export async function inboxRounds(node: EngineNode, signal: AbortSignal): Promise<void> {
  return again(node, signal, 'looking into the inbox', async () => workOffInbox(node))
}

async function again(
  node: EngineNode,
  signal: AbortSignal,
  what: string,
  round: () => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await round()
    } catch (error) {
      node.log({ level: 'error', message: `${what} failed: ${reasonOf(error)}` })
    }
    await node.world.sleep(node.limits.dueEveryMs, signal)
  }
}
