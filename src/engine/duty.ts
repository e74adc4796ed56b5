import { reasonOf } from '../errors.ts'
import type { EngineNode } from './node.ts'
import { runDue } from './recovery.ts'

/** How many due payments one round takes. */
const ROUND_MAX = 200

/** Tells the journal that this node is alive. While it cannot, the node stops sending by itself (F13). */
export async function heartbeat(node: EngineNode): Promise<void> {
  const atMs = node.world.monotonicMs()
  await node.journal.heartbeat(node.world.nodeId, node.world.nowMs())
  node.duty.heartbeatAtMs = atMs
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
  while (!signal.aborted) {
    try {
      await runDue(node, ROUND_MAX)
    } catch (error) {
      node.log({ level: 'error', message: `looking for due payments failed: ${reasonOf(error)}` })
    }
    await node.world.sleep(node.limits.dueEveryMs, signal)
  }
}
