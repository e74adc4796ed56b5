import { failure, reasonOf } from '../errors.ts'
import { containsCardNumber } from '../gateway/card.ts'
import { checkedAnswer } from '../pipeline/check-values.ts'
import type { LocalAnswer, LocalContext, LocalStep } from '../pipeline/step.ts'
import { within } from './deadline.ts'
import type { EngineNode } from './node.ts'

/**
 * Runs a local step: one that answers at once costs no wait, one that promises an answer has the shop's deadline.
 *
 * @throws CF_SHOP_UNAVAILABLE when it fails or takes too long, CF_PIPELINE or CF_CARD_DATA_LEAK for what it gives.
 */
export async function runLocal(
  node: EngineNode,
  step: LocalStep,
  context: LocalContext,
): Promise<LocalAnswer> {
  const begun = begin(step, context)
  if (!(begun instanceof Promise)) return fitToWrite(step, begun)
  const result = await within(node.world, node.limits.shopDeadlineMs, () => begun)
  if (result.kind === 'late') throw failure('CF_SHOP_UNAVAILABLE', `step '${step.name}' took too long`)
  if (result.kind === 'failed') {
    throw failure(
      'CF_SHOP_UNAVAILABLE',
      `step '${step.name}' failed: ${reasonOf(result.error)}`,
      {},
      result.error,
    )
  }
  return fitToWrite(step, result.value)
}

function begin(step: LocalStep, context: LocalContext): LocalAnswer | Promise<LocalAnswer> {
  try {
    return step.run(context)
  } catch (error) {
    throw failed(step, error)
  }
}

function failed(step: LocalStep, error: unknown): Error {
  return failure('CF_SHOP_UNAVAILABLE', `step '${step.name}' failed: ${reasonOf(error)}`, {}, error)
}

/** What a step gives is written down, so that it must fit its schemas and hold no card number. */
export function fitToWrite(step: LocalStep, answer: LocalAnswer): LocalAnswer {
  const checked = checkedAnswer(step, answer)
  if (checked.kind === 'ok' && containsCardNumber(JSON.stringify(checked.values ?? {}))) {
    throw failure('CF_CARD_DATA_LEAK', `a value that step '${step.name}' gives holds a card number`)
  }
  return checked
}
