import { type OperationState, operationStates } from '../../src/payment/operation-states.ts'
import { code, GENERATED, page, table } from './markdown.ts'

/** docs/reference/states.md */
export function statesPage(): string {
  const states = Object.entries(operationStates)
  const row = ([name, entry]: (typeof states)[number]): readonly string[] => [
    code(name),
    entry.live,
    entry.order,
    entry.leadsTo.map(code).join(', ') || 'facts only',
    entry.meaning,
  ]
  const heads = ['State', 'Is money live?', 'A charge in it', 'Leads to', 'What it means']
  return page(
    GENERATED,
    '# States of an operation',
    `An operation is one request to a provider that moves money: a charge (\`sale\`, \`authorize\`), a modification
(\`capture\`, \`void\`, \`refund\`) or a reversal. Its state is a fold over the events of its payment. A move that this
table does not list is refused by the engine. What holds an order lets no other payment of it begin, with one exception:
where a module has \`onChangeOfMind: 'switch'\`, another may begin beside a charge that is \`awaiting-payer\`.`,
    `## On the way\n\n${table(heads, states.filter(([, { end }]) => !end).map(row))}`,
    `## Ends\n\nAn end never changes. What is learned later is recorded as a fact beside it: it moves balances, and opens a
case where it is adverse.\n\n${table(heads, states.filter(([, { end }]) => end).map(row))}`,
    `## The diagram\n\n\`\`\`mermaid\n${diagram()}\n\`\`\``,
  )
}

function diagram(): string {
  const id = (state: string): string => state.replaceAll('-', '_')
  const lines = ['stateDiagram-v2', '  [*] --> intended']
  for (const state of Object.keys(operationStates)) {
    if (state.includes('-')) lines.push(`  state "${state}" as ${id(state)}`)
  }
  for (const [state, { leadsTo, end }] of Object.entries(operationStates)) {
    for (const next of leadsTo) lines.push(`  ${id(state)} --> ${id(next satisfies OperationState)}`)
    if (end) lines.push(`  ${id(state)} --> [*]`)
  }
  return lines.join('\n')
}
