import { reasonOf } from '../errors.ts'
import type { Notice } from '../gateway/gateway.ts'
import type { InboxItem } from '../journal/journal.ts'
import { operationOf, type Payment } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { CheckAnswer, CheckContext } from '../pipeline/step.ts'
import { within } from './deadline.ts'
import type { EngineNode } from './node.ts'
import { orderToPay } from './pay.ts'

/** From the least to the most cautious: of several answers the last here counts. */
const CAUTION: readonly CheckAnswer['kind'][] = ['ok', 'hint', 'later', 'refused']

/** What the checks of `confirm` say together. One that fails or takes too long says "later". */
export async function checkNotice(
  node: EngineNode,
  module: PaymentModule,
  payment: Payment | undefined,
  notice: Extract<Notice, { kind: 'notice' }>,
  item: InboxItem,
): Promise<CheckAnswer> {
  const context = contextOf(node, module, payment, notice, item)
  let answer: CheckAnswer = { kind: 'ok' }
  for (const step of module.pipelines.confirm?.steps ?? []) {
    if (step.kind !== 'check') continue
    const result = await within(node.world, node.limits.shopDeadlineMs, async () => step.check(context))
    const said: CheckAnswer =
      result.kind === 'done'
        ? result.value
        : {
            kind: 'later',
            reason: `${step.name}: ${result.kind === 'late' ? 'no answer in time' : reasonOf(result.error)}`,
          }
    if (CAUTION.indexOf(said.kind) > CAUTION.indexOf(answer.kind)) answer = said
  }
  return answer
}

function contextOf(
  node: EngineNode,
  { gateway }: PaymentModule,
  payment: Payment | undefined,
  notice: Extract<Notice, { kind: 'notice' }>,
  item: InboxItem,
): CheckContext {
  return {
    notice: {
      reference: notice.reference,
      word: notice.word,
      echo: notice.found?.echo,
      needsCredentials: gateway.notification?.hasCredentials ?? false,
      isAuthentic: item.isAuthentic,
      callerAddress: item.callerAddress,
    },
    payment,
    operation: payment === undefined ? undefined : operationOf(payment, notice.reference),
    order: async () => (payment === undefined ? undefined : orderToPay(node, payment.orderId)),
  }
}
