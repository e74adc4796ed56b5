import type { LogLine } from './api.ts'
import type { EngineNode } from './node.ts'

/** So many things are remembered to have been said; what comes on top is said each time. */
const SAID_MAX = 10_000

/** Says once in this process what stays as it is until a person looks, however often it is met. */
export function sayOnce(node: EngineNode, line: LogLine): void {
  const key = `${line.paymentId ?? ''} ${line.message}`
  if (node.said.has(key)) return
  if (node.said.size < SAID_MAX) node.said.add(key)
  node.log(line)
}
