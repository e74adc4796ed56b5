import { Value } from 'typebox/value'
import { failure } from '../errors.ts'
import type { LocalAnswer, LocalStep } from './step.ts'

/**
 * A step gives what it said it would, no more and no less, and each value fits its schema: later steps rely on it,
 * also after a restart.
 *
 * @throws CF_PIPELINE naming the step and the value.
 */
export function checkedAnswer(step: LocalStep, answer: LocalAnswer): LocalAnswer {
  if (answer.kind === 'refused') return answer
  const values = answer.values ?? {}
  const given = Object.keys(values).sort()
  const promised = step.gives.map((token) => token.name).sort()
  if (given.join() !== promised.join()) {
    throw failure(
      'CF_PIPELINE',
      `step '${step.name}' gave the values [${given.join(', ')}] and declares [${promised.join(', ')}]`,
    )
  }
  for (const { name, schema } of step.gives) {
    if (Value.Check(schema, values[name])) continue
    throw failure('CF_PIPELINE', `step '${step.name}' gave a value '${name}' that does not fit its schema`)
  }
  return answer
}
